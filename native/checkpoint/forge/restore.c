/* FIG. 6, in the init; with FIG. 9 for a template. Steps 310-328 go on in the processes (process-tree.c, private-state.c). */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/channel.h"
#include "checkpoint/forge/clocks.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/filter.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/kept.h"
#include "checkpoint/forge/kept-numbers.h"
#include "checkpoint/forge/locks.h"
#include "checkpoint/forge/mounts.h"
#include "checkpoint/forge/process-tree.h"
#include "checkpoint/forge/restore-files.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/stopped.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include "checkpoint/forge/timers.h"

#include <signal.h>
#include <sys/wait.h>

#define SLICE (10 * 1000000ll)

/* Step 308: the global and shared state, before any process. */
static int recreate_global_state(void) {
  if (descriptions_mark() < 0 || ipc_limits_raise() < 0 || sysv_make() < 0 || mqueues_make() < 0 || ipc_limits_lower() < 0 || shared_memory_make() < 0) return -1;
  return descriptions_make();
}

static void expect(void) {
  struct shared *s = shared();
  const char *held = order_value(&init.order, "hold");
  init.held = held && *held == '1';
  s->created_expected = image.process_count;
  s->ready_expected = s->settled_expected = image.thread_count;
  for (uint32_t i = 0; i < image.process_count; i++) s->settled_expected -= (uint32_t)(acting_leader(&image.processes[i]) - image.processes[i].threads);
  s->stopping_expected = stopping_threads();
  const char *milliseconds = order_value(&init.order, "timeout");
  init.deadline_ns = init.arrived_ns + (milliseconds ? to_number(milliseconds) : 10000) * 1000000ll;
}

/* New processes get ids after the highest that is in use, as they did in the source: an id that has just been seen to end should
 * not come back at once as somebody else. */
static int continue_ids(void) {
  uint32_t highest = 0;
  for (uint32_t i = 0; i < image.process_count; i++)
    for (uint32_t j = 0; j < image.processes[i].thread_count; j++)
      if (image.processes[i].threads[j].image->tid > highest) highest = image.processes[i].threads[j].image->tid;
  char number[16];
  struct line line = line_in(number, sizeof number);
  put_number(&line, highest);
  long fd = sys_open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC, 0);
  if (fd == -ENOENT || fd == -EACCES || fd == -EROFS) return 0; /* the kernel does without, or nobody may */
  long r = fd < 0 ? fd : sys_write(fd, number, (size_t)(line.at - number));
  if (fd >= 0) sys_close(fd);
  return r < 0 ? fail_number(r, "have new processes numbered from", highest) : 0;
}

/* One that somebody has killed meanwhile would be waited for in vain. Those that play somebody's part end by themselves. */
static int look_for_dead(void) {
  siginfo_t about;
  about.si_pid = 0;
  if (sys5(SYS_waitid, P_ALL, 0, &about, WEXITED | WNOHANG | WNOWAIT | __WALL, 0) < 0 || !about.si_pid) return 0;
  struct process *process = NULL;
  for (uint32_t i = 0; i < image.process_count && !process; i++)
    if (system_process(image.processes[i].image->pid) == about.si_pid) process = &image.processes[i];
  int expected = !process || (process->image->flags & PROCESS_ZOMBIE);
  return expected ? 0 : fail_number(-ECHILD, "finish process", about.si_pid);
}

/* Step 328: all are in synchronized wait, or one has failed, or it takes too long. */
static int wait_for_all(void) {
  struct shared *s = shared();
  for (uint32_t ready; (ready = __atomic_load_n(&s->ready, __ATOMIC_ACQUIRE)) < s->ready_expected;) {
    if (__atomic_load_n(&s->stage, __ATOMIC_ACQUIRE) == STAGE_FAILED) return -1;
    if (now_ns() > init.deadline_ns) return fail_number(-ETIMEDOUT, "wait for all threads: ready", ready);
    wait_word(&s->ready, ready, SLICE);
    if (look_for_dead() < 0) return -1;
  }
  return __atomic_load_n(&s->stage, __ATOMIC_ACQUIRE) == STAGE_FAILED ? -1 : 0;
}

/* Step 330: what only the restore needed. */
static int remove_traces(void) {
  return sysv_remove_marked() < 0 || shared_memory_seal() < 0 || owners_set() < 0 ? -1 : 0;
}

/* Made ahead: everything is there and waits, for as long as it takes, until somebody wants an instance. */
static int hold(struct line *answer) {
  __atomic_store_n(&shared()->stage, STAGE_HELD, __ATOMIC_RELEASE);
  put(answer, "\theld=1");
  channel_say(init.channel, SAYS_ANSWER, answer->start);
  if (channel_await_release(init.channel) < 0) sys_exit(1); /* nobody will want it any more */
  const int64_t held_ns = now_ns() - init.arrived_ns;
  init.arrived_ns += held_ns, init.deadline_ns += held_ns;
  *answer = (struct line){answer->start, answer->start, answer->end};
  *answer->at = 0;
  return look_for_dead();
}

/* What the processes have is theirs alone from their first moment: a lock, a port or the end of a pipe that one of them gives up would
 * otherwise be held here for some milliseconds more. */
static int let_go(void) { return kept_spare() < 0 ? -1 : close_kept(); }

static void release(enum stage stage) {
  __atomic_store_n(&shared()->stage, stage, __ATOMIC_RELEASE);
  wake_all(&shared()->stage);
}

/* A stop that comes after somebody has continued the process would last for ever: so those that stop are let go before the others. A failure
 * of theirs is not written over. */
static int let_stop(void) {
  uint32_t stopping = STAGE_STOPPING;
  if (!shared()->stopping_expected) return 0;
  release(STAGE_STOPPING);
  if (await_stopped() < 0) return -1;
  return __atomic_compare_exchange_n(&shared()->stage, &stopping, STAGE_RESUMED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? 0 : -1;
}

/* Step 332. */
static int resume_all(void) {
  if (let_stop() < 0) return -1;
  release(STAGE_RESUMED);
  return 0;
}

static int any_filters(void) {
  for (uint32_t i = 0; i < image.process_count; i++)
    for (uint32_t j = 0; j < image.processes[i].thread_count; j++)
      if (filters_thread(&image.processes[i].threads[j])) return 1;
  return 0;
}

/* Until nothing can fail any more: then the instance is what it should be, and may be told of. Who doesn't come for a second has been ended
 * or stopped by another of its processes, for they run by now: what fails of itself has said so. */
static int await_settled(void) {
  enum { LOOK = 200000, PATIENCE = 1000000000 };
  struct shared *s = shared();
  const int64_t slice = any_filters() ? LOOK : SLICE; /* who is under a filter wakes nobody */
  uint32_t before = 0, settled;
  int64_t since = now_ns();
  while ((settled = __atomic_load_n(&s->settled, __ATOMIC_ACQUIRE)) < s->settled_expected) {
    if (__atomic_load_n(&s->stage, __ATOMIC_ACQUIRE) == STAGE_FAILED) return -1;
    if (settled != before) before = settled, since = now_ns();
    if (now_ns() - since > PATIENCE) break;
    wait_word(&s->settled, settled, slice);
  }
  return __atomic_load_n(&s->stage, __ATOMIC_ACQUIRE) == STAGE_FAILED ? -1 : 0;
}

int restore(struct line *answer) {
  if (mounts_enter(&init.order, restore_files_open) < 0) return -1;
  if (bound_begin() < 0 || recreate_global_state() < 0 || names_set() < 0 || clocks_continue() < 0) return -1;
  expect();
  if (processes_create() < 0) return -1;
  if (!init.plain && continue_ids() < 0) return -1;
  if (wait_for_all() < 0 || remove_traces() < 0) return -1;
  init.main_pid = system_process(image.header->main_pid);
  put(answer, "\tmain=");
  put_number(answer, image.header->main_pid);
  ports_answer(answer);
  if (init.held && hold(answer) < 0) return -1;
  if (timerfds_arm() < 0) return -1; /* from here on time passes */
  if (let_go() < 0) return -1;
  if (resume_all() < 0 || await_settled() < 0 || kept_taken() < 0) return -1;
  put(answer, "\tus=");
  put_number(answer, (now_ns() - init.arrived_ns) / 1000);
  return 0;
}
