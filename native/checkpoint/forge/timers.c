#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/timers.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/shared.h"
#include <linux/ioctl.h>
#include <time.h>

#ifndef PR_TIMER_CREATE_RESTORE_IDS
#define PR_TIMER_CREATE_RESTORE_IDS 77
#endif
#define SET_TICKS _IOW('T', 0, uint64_t)

struct kernel_sigevent { uint64_t value; int32_t signum, notify, tid, padding[11]; };
_Static_assert(sizeof(struct kernel_sigevent) == 64, "struct sigevent of the kernel");

static struct itimerspec spec_of(int64_t value_ns, int64_t interval_ns) {
  return (struct itimerspec){{interval_ns / NANOS, interval_ns % NANOS}, {value_ns / NANOS, value_ns % NANOS}};
}

/* Before Linux 6.16 ids can't be asked for: timers are made until the next one has it. */
static long create(const struct image_posix_timer *t, struct kernel_sigevent *event, int exact) {
  for (int made = 0; made <= t->id; made++) {
    int id = t->id;
    long r = sys3(SYS_timer_create, t->clock, event, &id);
    if (r < 0 || id == t->id) return r;
    if ((r = sys1(SYS_timer_delete, id)) < 0) return r;
    if (exact || id > t->id) return -EEXIST;
  }
  return -EEXIST;
}

int timers_create(const struct process *process) {
  if (!process->timer_count) return 0;
  int exact = sys5(SYS_prctl, PR_TIMER_CREATE_RESTORE_IDS, 1, 0, 0, 0) == 0;
  for (uint32_t i = 0; i < process->timer_count; i++) {
    const struct image_posix_timer *t = process->timers[i].data;
    struct kernel_sigevent event = {.value = t->sigval, .signum = t->signum, .notify = t->notify, .tid = system_process((uint32_t)t->notify_tid)};
    long r = create(t, &event, exact);
    if (r < 0) return fail_number(r, "create timer", t->id);
  }
  long r = exact ? sys5(SYS_prctl, PR_TIMER_CREATE_RESTORE_IDS, 0, 0, 0, 0) : 0;
  return r < 0 ? fail_number(r, "have the kernel choose again the ids of timers of process", process->image->pid) : 0;
}

/* One that has expired while its signal is still pending shows no time left, and starts anew when the signal is delivered: armed with
 * nothing it would never. */
static int arm_itimer(int which, const int64_t *saved) {
  int64_t timer[4] = {saved[0], saved[1], saved[2], saved[3]};
  if (!timer[2] && !timer[3]) timer[2] = timer[0], timer[3] = timer[1];
  long r = timer[2] || timer[3] ? sys3(SYS_setitimer, which, timer, 0) : 0;
  return r < 0 ? fail_number(r, "arm interval timer", which) : 0;
}

int timers_arm(const struct process *process) {
  for (uint32_t i = 0; i < process->timer_count; i++) {
    const struct image_posix_timer *t = process->timers[i].data;
    struct itimerspec spec = spec_of(t->value_ns ? t->value_ns : t->interval_ns, t->interval_ns);
    long r = t->value_ns || t->interval_ns ? sys4(SYS_timer_settime, t->id, 0, &spec, 0) : 0;
    if (r < 0) return fail_number(r, "arm timer", t->id);
  }
  const int64_t *itimer = process->itimers.data; /* interval s, us, value s, us */
  for (int which = 0; which < 3 && (uint32_t)(which + 1) * 32 <= process->itimers.size; which++, itimer += 4)
    if (arm_itimer(which, itimer) < 0) return -1;
  return 0;
}

int timerfds_arm(void) {
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct description *d = &image.descriptions[i];
    const struct image_timerfd *t = d->item.data;
    if (d->item.head->type != RECORD_TIMERFD || d->fd < 0) continue;
    /* Expired and not read yet, a periodic timer shows no time left, which would disarm it here. */
    int64_t value = !t->value_ns && t->ticks ? t->interval_ns : t->value_ns;
    struct itimerspec spec = spec_of(value, t->interval_ns);
    long r = value ? sys4(SYS_timerfd_settime, d->fd, 0, &spec, 0) : 0;
    if (r >= 0 && t->ticks) r = sys3(SYS_ioctl, d->fd, SET_TICKS, &t->ticks);
    if (r < 0) return fail_number(r, "arm timerfd", d->item.head->id);
  }
  return 0;
}
