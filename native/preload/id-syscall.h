/* Calls of syscall() that have no wrapper of their own. */
#ifndef PRELOAD_ID_SYSCALL_H
#define PRELOAD_ID_SYSCALL_H
#include "preload/ids.h"

struct call { long number, a, b, c, d, e, f; };

static inline long call_plain(const struct call *c) { return answer(raw6(c->number, c->a, c->b, c->c, c->d, c->e, c->f)); }
long call_first_is_pid(const struct call *call); /* the first argument is a process or thread, 0 the caller */
long call_tkill(const struct call *call);
long call_queue_info(const struct call *call, bool thread);
long call_fork_like(const struct call *call, uint64_t flags);
long call_clone3(const struct call *call);
long call_compared(const struct call *call);
long call_watched(const struct call *call); /* perf_event_open: the second argument is a process or thread, unless it is a cgroup */
long call_timer_create(const struct call *call);
long call_wait_for_signal(const struct call *call);
long call_open_how(const struct call *call); /* openat2 */
long call_prioritised(const struct call *call, int first); /* `first`: the number that stands for a process */
#endif
