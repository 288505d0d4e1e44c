#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/notifications.h"
#include "checkpoint/forge/shared.h"
#include <signal.h>

int notifications_ask(const struct process *process) {
  const struct image_notification *n = process->notifications.data, *end = n + process->notifications.size / sizeof *n;
  for (; n < end; n++) {
    const struct { uint64_t value; int32_t signum; uint32_t notify; uint8_t unused[48]; } event = {
        n->notify == SIGEV_THREAD ? (uint64_t)n->cookie : n->value, n->signum, n->notify, {0}};
    _Static_assert(sizeof event == 64, "struct sigevent of the kernel");
    long r = sys2(SYS_mq_notify, n->fd, &event);
    if (r < 0) return fail_number(r, "be told of messages by descriptor", n->fd);
  }
  return 0;
}
