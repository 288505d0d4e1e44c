#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/touched.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/text.h"
#include <sys/mman.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

/* KEY=PID:START:LENGTH, the pid decimal and virtual, the others hexadecimal. What isn't mapped as it was then is passed over. */
static void populate(const struct process *process, const char *key, int advice) {
  int at = 0;
  for (const char *field; (field = order_next(&init.order, key, &at));) {
    const char *rest = find_char(field, ':');
    if (!rest || to_number(field) != process->image->pid) continue;
    uint64_t start = hex_number((rest++, &rest));
    uint64_t length = *rest == ':' ? hex_number((rest++, &rest)) : 0;
    regardless(sys3(SYS_madvise, start, length, advice)); /* it only takes longer later */
  }
}

void touched_populate(const struct process *process) {
  populate(process, "written", MADV_POPULATE_WRITE);
  populate(process, "touched", MADV_POPULATE_READ);
}
