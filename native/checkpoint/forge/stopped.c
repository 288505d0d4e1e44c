#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/stopped.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/init.h"
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

static int stops(const struct process *process) { return (process->image->flags & PROCESS_STOPPED) != 0; }

uint32_t stopping_threads(void) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct process *process = &image.processes[i];
    if (stops(process)) count += process->thread_count - (uint32_t)(acting_leader(process) - process->threads);
  }
  return count;
}

int await_stopped(void) {
  const struct timespec look = {.tv_nsec = 200000};
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct process *process = &image.processes[i];
    while (stops(process) && runs(process)) {
      if (__atomic_load_n(&shared()->stage, __ATOMIC_ACQUIRE) == STAGE_FAILED) return -1;
      if (now_ns() > init.deadline_ns) return fail_number(-ETIMEDOUT, "wait for the stop of process", process->image->pid);
      regardless(sys2(SYS_nanosleep, &look, NULL)); /* cut short by a signal it looks sooner */
    }
  }
  return 0;
}
