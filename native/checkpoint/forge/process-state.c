#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/process-state.h"
#include "checkpoint/forge/appearance.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/settings.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <linux/prctl.h>
#include <signal.h>
#include <sys/resource.h>

static int enter_directories(const struct image_process *p) {
  if (p->root_file) {
    long r = sys1(SYS_fchdir, description_by_id(p->root_file)->fd);
    if (r >= 0) r = sys1(SYS_chroot, ".");
    if (r < 0) return fail_number(r, "change the root of process", p->pid);
  }
  long r = sys1(SYS_fchdir, description_by_id(p->cwd_file)->fd);
  return r < 0 ? fail(r, "enter", description_by_id(p->cwd_file)->item.name) : 0;
}

static uint32_t limits_of(const struct process *process) {
  uint32_t count = process->rlimits.size / 16;
  return count < 16 ? count : 16;
}

/* Above what this machine's root may set it stays as the forge has it. */
int limit_set(const struct process *process, uint32_t which) {
  if (which >= limits_of(process)) return 0;
  const uint64_t *wanted = (const uint64_t *)process->rlimits.data + 2 * which;
  uint64_t now[2];
  long r = sys4(SYS_prlimit64, 0, which, 0, now);
  if (r < 0) return fail_number(r, "ask for the limit number", which);
  if (now[0] == wanted[0] && now[1] == wanted[1]) return 0;
  uint64_t soft_only[2] = {wanted[0] < now[1] ? wanted[0] : now[1], now[1]};
  r = sys4(SYS_prlimit64, 0, which, wanted, 0);
  if (r == -EPERM) r = sys4(SYS_prlimit64, 0, which, soft_only, 0);
  return r < 0 ? fail_number(r, "set the limit number", which) : 0;
}

/* That of a held one's data would be in the way of what it has to show once it is wanted: see appearance.c. */
static int set_limits(const struct process *process) {
  for (uint32_t i = 0; i < limits_of(process); i++)
    if ((i != RLIMIT_DATA || !init.held) && limit_set(process, i) < 0) return -1;
  return 0;
}

static int set_oom_score(const struct image_process *p) {
  char text[16];
  struct line line = line_in(text, sizeof text);
  put_number(&line, (int32_t)p->oom_score_adj);
  long fd = sys_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0), r = fd < 0 ? fd : sys_write(fd, text, (size_t)(line.at - text));
  if (fd >= 0) sys_close(fd);
  return r < 0 && r != -EACCES && r != -EPERM ? fail_number(r, "weigh for times without memory process", p->pid) : 0; /* lowering it takes a capability that root may lack */
}

static int set_flags(const struct image_process *p) {
  long r = p->personality ? sys1(SYS_personality, p->personality) : 0;
  if (r < 0) return fail_number(r, "set the personality of process", p->pid);
  if (p->flags & PROCESS_NO_NEW_PRIVS && (r = sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) < 0)
    return fail_number(r, "take for good the ways to more rights from process", p->pid);
  return p->oom_score_adj ? set_oom_score(p) : 0;
}

/* Before there are threads: then nobody must be waited for. */
static int register_barriers(const struct image_process *p) {
  for (uint32_t left = p->flags >> PROCESS_BARRIERS_SHIFT; left; left &= left - 1) {
    long r = sys3(SYS_membarrier, left & -left, 0, 0);
    if (r < 0) return fail_number(r, "register for memory barriers process", p->pid);
  }
  return 0;
}

int process_state(const struct process *process) {
  if (appearance_prepare(process) < 0 || enter_directories(process->image) < 0) return -1;
  long r = sys1(SYS_umask, process->image->umask);
  if (r < 0) return fail_number(r, "set the umask of process", process->image->pid);
  if (set_flags(process->image) < 0 || settings_of_process(process) < 0) return -1;
  /* Whose descriptors all have their place: no file can be opened any more where there are as many as may be. */
  return set_limits(process) < 0 ? -1 : register_barriers(process->image);
}

int process_signals(const struct process *process) {
  const struct image_sigaction *action = process->sigactions.data;
  uint32_t count = process->sigactions.size / sizeof *action;
  int trapped = arena_of(process) && arena_of(process)->range_count;
  for (uint32_t i = 0; i < count && i < SIGNAL_COUNT; i++) {
    int signal = (int)i + 1;
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    /* the forge's own children begin with the default for all but the crashes */
    int crash = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE;
    if (!action[i].handler && !action[i].flags && !crash) continue;
    struct image_sigaction set = action[i];
    if (trapped) set.mask &= ~SIGSYS_BIT; /* a trap into a blocked signal ends the process */
    long r = sys4(SYS_rt_sigaction, signal, &set, 0, 8);
    if (r < 0) return fail_number(r, "set the handler of signal", signal);
  }
  return 0;
}
