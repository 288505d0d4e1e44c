#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/appearance.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/process-state.h"
#include "checkpoint/forge/shared.h"
#include <linux/prctl.h>
#include <sys/resource.h>

#define UNCHANGED ((uint32_t)-1)

/* What /proc/PID shows of it (cmdline, environ, auxv, exe), and where brk() goes on. */
static long describe_memory(const struct process *process, int shown, uint32_t exe) {
  const struct image_process *p = process->image;
  struct prctl_mm_map map = {
      .start_code = p->start_code, .end_code = p->end_code, .start_data = p->start_data, .end_data = p->end_data,
      .start_brk = p->start_brk, .brk = p->brk, .start_stack = p->start_stack, .arg_start = p->arg_start,
      .arg_end = shown ? p->arg_end : p->arg_start, .env_start = p->env_start, .env_end = shown ? p->env_end : p->env_start,
      .auxv = (void *)process->auxv.data, .auxv_size = process->auxv.size, .exe_fd = exe};
  return sys5(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0);
}

/* The executable can only be set while its descriptor is at hand, and by one who has the right. */
int appearance_prepare(const struct process *process) {
  long r = describe_memory(process, !init.held, (uint32_t)description_by_id(process->image->exe_file)->fd);
  return r < 0 ? fail_number(r, "describe the memory of process", process->image->pid) : 0;
}

void disguise(void) { regardless(sys2(SYS_prctl, PR_SET_NAME, "appshot-spare")); } /* it has its own name then */

/* The kernel describes no memory that is more than the limit: where that was lowered since, it is so again only now. */
static int show_command_line(const struct process *process) {
  long r = describe_memory(process, 1, UNCHANGED);
  if (r < 0) return fail_number(r, "show the command line of process", process->image->pid);
  return limit_set(process, RLIMIT_DATA);
}

int appear(const struct process *process, const struct thread *thread) {
  long r = sys2(SYS_prctl, PR_SET_NAME, thread->image->comm);
  if (r < 0) return fail_number(r, "name thread", thread->image->tid);
  return init.held && thread == acting_leader(process) ? show_command_line(process) : 0;
}
