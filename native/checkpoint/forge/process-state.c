#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/process-state.h"
#include "checkpoint/forge/appearance.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/settings.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <linux/prctl.h>
#include <signal.h>

static int enter_directories(const struct image_process *p) {
  if (p->root_file) {
    long r = sys1(SYS_fchdir, description_by_id(p->root_file)->fd);
    if (r >= 0) r = sys1(SYS_chroot, ".");
    if (r < 0) return fail_number(r, "change the root of process", p->pid);
  }
  long r = sys1(SYS_fchdir, description_by_id(p->cwd_file)->fd);
  return r < 0 ? fail(r, "enter", description_by_id(p->cwd_file)->item.name) : 0;
}

/* A limit above what this machine's root may set stays as the forge has it. */
static void set_limits(const struct process *process) {
  const uint64_t *wanted = process->rlimits.data;
  for (uint32_t i = 0; i < process->rlimits.size / 16 && i < 16; i++) {
    uint64_t now[2];
    if (sys4(SYS_prlimit64, 0, i, 0, now) < 0 || (now[0] == wanted[2 * i] && now[1] == wanted[2 * i + 1])) continue;
    if (sys4(SYS_prlimit64, 0, i, &wanted[2 * i], 0) >= 0) continue;
    uint64_t soft_only[2] = {wanted[2 * i] < now[1] ? wanted[2 * i] : now[1], now[1]};
    sys4(SYS_prlimit64, 0, i, soft_only, 0);
  }
}

static void set_oom_score(uint32_t score) {
  char text[16];
  struct line line = line_in(text, sizeof text);
  long fd = sys_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return;
  put_number(&line, (int32_t)score);
  sys_write(fd, text, (size_t)(line.at - text)); /* lowering it takes a capability that root may lack */
  sys_close(fd);
}

static int set_flags(const struct image_process *p) {
  long r = p->personality ? sys1(SYS_personality, p->personality) : 0;
  if (r < 0) return fail_number(r, "set the personality of process", p->pid);
  if (p->flags & PROCESS_NO_NEW_PRIVS && (r = sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) < 0)
    return fail_number(r, "take for good the ways to more rights from process", p->pid);
  if (p->oom_score_adj) set_oom_score(p->oom_score_adj);
  return 0;
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
  sys1(SYS_umask, process->image->umask);
  if (set_flags(process->image) < 0 || settings_of_process(process) < 0) return -1;
  set_limits(process); /* whose descriptors all have their place: no file can be opened any more where there are as many as may be */
  return register_barriers(process->image);
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
