#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/scheduling.h"
#include "checkpoint/forge/priority.h"
#include "checkpoint/forge/settings.h"
#include "checkpoint/forge/shared.h"

#define NICE_BIAS 20
#define RESET_ON_FORK 0x40000000u

static struct scheduling scheduling_of(const struct thread *thread) {
  const struct image_thread *t = thread->image;
  return (struct scheduling){.policy = t->sched_policy | (t->sched_flags & 1 ? RESET_ON_FORK : 0), .priority = (int)t->sched_priority,
                             .nice = (int)t->nice_biased - NICE_BIAS, .timer_slack_ns = t->timerslack_ns,
                             .flags = setting_of(thread, SETTING_SCHED_FLAGS), .runtime = setting_of(thread, SETTING_SCHED_RUNTIME),
                             .deadline = setting_of(thread, SETTING_SCHED_DEADLINE), .period = setting_of(thread, SETTING_SCHED_PERIOD),
                             .util_min = (uint32_t)setting_of(thread, SETTING_UTIL_MIN), .util_max = (uint32_t)setting_of(thread, SETTING_UTIL_MAX)};
}

static int set_processors(const struct thread *thread) {
  uint64_t processors[SETTING_LAST - SETTING_CPUS + 1] = {0};
  int any = 0;
  for (uint32_t i = 0; i < sizeof thread->image->affinity / sizeof *processors; i++) any |= (processors[i] = thread->image->affinity[i]) != 0;
  const struct image_setting *s = thread->settings.data, *end = s + thread->settings.size / sizeof *s;
  for (; s < end; s++)
    if (s->what >= SETTING_CPUS && s->what <= SETTING_LAST) any |= (processors[s->what - SETTING_CPUS] = s->value) != 0;
  long r = any ? sys3(SYS_sched_setaffinity, 0, sizeof processors, processors) : 0;
  return r < 0 ? fail_number(r, "keep to its processors (this machine must have one of them) thread", thread->image->tid) : 0;
}

static int named(long answer, const struct thread *thread) {
  return answer < 0 ? fail_number(answer, "schedule as it was (a right, or a part of the kernel, may be missing here) thread", thread->image->tid) : 0;
}

int scheduling_claim(const struct thread *thread) {
  struct scheduling wanted = scheduling_of(thread);
  return set_processors(thread) < 0 ? -1 : named(priority_claim(&wanted), thread);
}

int scheduling_set(const struct thread *thread) {
  struct scheduling wanted = scheduling_of(thread);
  return named(priority_set(&wanted), thread);
}
