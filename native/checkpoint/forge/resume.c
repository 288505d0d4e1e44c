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

static int is_stopped(const struct process *process) { return (process->image->flags & PROCESS_STOPPED) != 0; }

/* Step 326: placed in synchronized wait. */
static int synchronized_wait(const struct process *process) {
  struct shared *s = shared();
  count_up(&s->ready, s->ready_expected);
  for (uint32_t stage; (stage = __atomic_load_n(&s->stage, __ATOMIC_ACQUIRE)) != STAGE_RESUMED;) {
    if (stage == STAGE_STOPPING && is_stopped(process)) return 0;
    if (stage == STAGE_FAILED || forsaken()) return -1;
    wait_word(&s->stage, stage, stage == STAGE_HELD ? HELD_SLICE : NANOS);
  }
  return 0;
}

static int die_with_parent(const struct process *process) {
  uint32_t signal = process->image->pdeath_signal;
  long r = signal ? sys2(SYS_prctl, PR_SET_PDEATHSIG, signal) : 0;
  return r < 0 ? fail_number(r, "have a signal at its parent's end for process", process->image->pid) : 0;
}

/* What a held one must not have yet, and where time begins. The signal at a parent's end not before: the end of a parent's first thread would
 * have been one. */
static int take_last_steps(struct process *process, struct thread *thread) {
  if (appear(process, thread) < 0) return -1;
  return thread == acting_leader(process) && (die_with_parent(process) < 0 || timers_arm(process) < 0) ? -1 : 0;
}

/* Its other threads are given the time to settle, for a stop is the whole process's: but not more, for they may have been ended. */
static void stop(const struct process *process) {
  enum { LOOKS = 10 };
  struct shared *s = shared();
  uint32_t settled;
  for (int i = 0; i < LOOKS && (settled = __atomic_load_n(&s->settled, __ATOMIC_ACQUIRE)) < s->stopping_expected; i++)
    wait_word(&s->settled, settled, NANOS / 100);
  if (frame_stops(process)) return;
  regardless(sys2(SYS_kill, sys0(SYS_getpid), SIGSTOP)); /* one may always stop oneself */
}

/* From the first of an application's filters on nothing is called but what they were seen to allow; the count is a word of memory. */
static int filter(const struct process *process, const struct thread *thread) {
  if (scheduling_set(thread) < 0 || filters_again(thread) < 0 || dispatch_again(process, thread) < 0) return -1;
  __atomic_add_fetch(&shared()->settled, 1, __ATOMIC_ACQ_REL);
  return 0;
}

/* The last step that can fail, and the count of those who have made it. It is no longer first in the row after that, but for one under filters: the rest
 * shouldn't wait for others. Stopping comes before filters, which may forbid it: of such a process a filter that fails is seen by its end alone. */
static int settle(struct process *process, struct thread *thread) {
  struct shared *s = shared();
  int stops = is_stopped(process) && thread == acting_leader(process);
  if (filters_thread(thread) && !stops) return filter(process, thread);
  count_up(&s->settled, is_stopped(process) ? s->stopping_expected : s->settled_expected);
  if (stops) stop(process);
  if (scheduling_set(thread) < 0) return -1;
  return filters_again(thread) < 0 || dispatch_again(process, thread) < 0 ? -1 : 0;
}

void resume(struct process *process, struct thread *thread) {
  const struct arena *arena = arena_of(process);
  int leader = thread == acting_leader(process);
  uint64_t frame = frame_build(process, thread);
  if (leader) __atomic_store_n(&leaving, (int)(process->threads + process->thread_count - thread), __ATOMIC_RELEASE);
  if (init.held) disguise();
  if (!frame || settings_last(process, thread) < 0 || synchronized_wait(process) < 0 || take_last_steps(process, thread) < 0) sys_exit(1);
  if (settle(process, thread) < 0) sys_exit(1);
  /* A frame within our own memory must outlive us: this thread is never counted off, so nobody unmaps it. */
  static int never = 1 << 30;
  int *count = frame >= RESTORER_BASE && frame < RESTORER_END ? &never : &leaving;
  uint64_t code = arena && arena->leave ? arena->leave : LEAVE_AT;
  uint64_t end = code == LEAVE_AT ? LEAVE_AT : RESTORER_END;
  leave_by_arena(code, RESTORER_BASE, end - RESTORER_BASE, count, frame);
}
