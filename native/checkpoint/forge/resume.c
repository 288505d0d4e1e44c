#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/resume.h"
#include "checkpoint/forge/appearance.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/filter.h"
#include "checkpoint/forge/frame.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/scheduling.h"
#include "checkpoint/forge/settings.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/timers.h"
#include <linux/prctl.h>
#include <signal.h>

_Noreturn void leave_by_arena(uint64_t code, uint64_t base, uint64_t length, int *count, uint64_t frame);

/* Threads that have not left yet; the last one takes the restorer's memory with it. */
static int leaving;

/* One that is held may be so for days, and shouldn't wake for nothing. */
#define HELD_SLICE (3600 * NANOS)

/* Step 326: placed in synchronized wait. */
static int synchronized_wait(void) {
  struct shared *s = shared();
  count_up(&s->ready, s->ready_expected);
  for (uint32_t stage; (stage = __atomic_load_n(&s->stage, __ATOMIC_ACQUIRE)) != STAGE_RESUMED;) {
    if (stage == STAGE_FAILED || forsaken()) return -1;
    wait_word(&s->stage, stage, stage == STAGE_HELD ? HELD_SLICE : NANOS);
  }
  return 0;
}

void resume(struct process *process, struct thread *thread) {
  const struct arena *arena = arena_of(process);
  int leader = thread == acting_leader(process);
  uint64_t frame = frame_build(process, thread);
  if (leader) __atomic_store_n(&leaving, (int)(process->threads + process->thread_count - thread), __ATOMIC_RELEASE);
  if (init.held) disguise();
  if (!frame || synchronized_wait() < 0) sys_exit(1);
  appear(process, thread);
  if (leader) {
    /* Not before: the end of a parent's first thread would have been one. */
    if (process->image->pdeath_signal) sys2(SYS_prctl, PR_SET_PDEATHSIG, process->image->pdeath_signal);
    timers_arm(process);
    if ((process->image->flags & PROCESS_STOPPED) && !frame_stops(process)) sys2(SYS_kill, sys0(SYS_getpid), SIGSTOP);
  }
  settings_last(process, thread);
  scheduling_set(thread); /* only now: the wake-up shouldn't wait for others */
  /* From here on nothing is called but what the filters were seen to allow. */
  if (filters_again(thread) < 0 || dispatch_again(process, thread) < 0) sys_exit(1);
  /* A frame within our own memory must outlive us: this thread is never counted off, so nobody unmaps it. */
  static int never = 1 << 30;
  int *count = frame >= RESTORER_BASE && frame < RESTORER_END ? &never : &leaving;
  uint64_t code = arena && arena->leave ? arena->leave : LEAVE_AT;
  uint64_t end = code == LEAVE_AT ? LEAVE_AT : RESTORER_END;
  leave_by_arena(code, RESTORER_BASE, end - RESTORER_BASE, count, frame);
}
