#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/pending.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <signal.h>
#include <time.h>

#define SIGINFO_SIZE 128

/* Step 330: zombies and stand-ins have sent SIGCHLD to parents that never saw it before. */
static void drain(void) {
  uint64_t all = ALL_SIGNALS;
  struct timespec now = {0, 0};
  while (sys4(SYS_rt_sigtimedwait, &all, 0, &now, 8) > 0) {}
}

static int queue(const struct item *item, int pid, int tid) {
  const char *saved = item->data;
  for (uint32_t at = 0; at + SIGINFO_SIZE <= item->size; at += SIGINFO_SIZE) {
    siginfo_t info;
    memcpy(&info, saved + at, sizeof info);
    bound_sender(&info);
    int signal = info.si_signo;
    long r = tid ? sys4(SYS_rt_tgsigqueueinfo, pid, tid, signal, &info) : sys3(SYS_rt_sigqueueinfo, pid, signal, &info);
    if (r < 0) return fail_number(r, "make pending again signal", signal);
  }
  return 0;
}

int pending_queue(const struct process *process, const struct thread *thread) {
  const struct image_thread *t = thread->image;
  if (signals_block(ALL_SIGNALS) < 0) return -1;
  if (thread == process->threads) drain();
  if (thread->pending.size && queue(&thread->pending, system_process(t->pid), system_process(t->tid)) < 0) return -1;
  if (thread == process->threads && process->pending.size) return queue(&process->pending, system_process(t->pid), 0);
  return 0;
}
