#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/stopped.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

/* "PID (NAME) STATE ...", where NAME may have anything in it. 0 when there is no such process, or nobody tells. */
static char state_of(int pid) {
  char path[40], text[256];
  struct line line = line_in(path, sizeof path);
  put(&line, "/proc/");
  put_number(&line, pid);
  put(&line, "/stat");
  long fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long size = sys_read(fd, text, sizeof text);
  sys_close(fd);
  for (long at = size - 3; at > 0; at--)
    if (text[at] == ')') return text[at + 2];
  return 0;
}

static int runs(const struct process *process) {
  char state = state_of(system_process(process->image->pid));
  return state == 'R' || state == 'S' || state == 'D';
}

void await_stopped(void) {
  enum { PATIENCE = 500000000, LOOK = 200000 };
  const int64_t since = now_ns();
  const struct timespec look = {.tv_nsec = LOOK};
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct process *process = &image.processes[i];
    if (!(process->image->flags & PROCESS_STOPPED)) continue;
    /* Cut short by a signal it looks sooner. */
    while (runs(process) && now_ns() - since < PATIENCE) regardless(sys2(SYS_nanosleep, &look, NULL));
  }
}
