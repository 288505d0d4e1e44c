/* Virtual ids under the preload mechanism: what the wrappers of this folder's id-*.c share. */
#ifndef PRELOAD_IDS_H
#define PRELOAD_IDS_H
#include "preload/next.h"
#include "shared/id-words.h"
#include <sys/types.h>

/* NULL: ids are the kernel's own, every wrapper passes through. */
extern struct table *ids_now;
extern char ids_off; /* known to be so: nothing more is asked */
static inline struct table *ids_table(void) { return LIKELY(ids_off) ? NULL : inside_ready() ? ids_now : NULL; }
static inline bool ids_on(void) { return UNLIKELY(ids_table() != NULL); }
void ids_start(struct table *table);

/* Processes, threads, groups, sessions: one space. 0 where the instance has no such id. */
pid_t pid_claim(pid_t system);              /* for what belongs to the instance for certain */
pid_t pid_shown(pid_t system);              /* for what may be a stranger's; also one that has just ended */
/* The system's id; negated ESRCH. 0 and less are the caller's to treat. `group`: also one without its leader. */
long pid_wanted(pid_t virtual_id, bool group);
long pid_argument(pid_t virtual_id);        /* as pid_wanted for a process, with 0 as it is and negatives for the kernel to refuse */
long pid_or_group(pid_t virtual_id);        /* as kill() takes it: negated for a group, 0 and -1 as they are */
void pid_reaped(pid_t system);

/* SysV objects. */
int object_claim(unsigned type, int system, key_t key, int flags); /* as the object was got; with no room left for its id, a new one is removed again */
int object_shown(unsigned type, int system); /* -1: another's */
long object_wanted(unsigned type, int virtual_id); /* negated EINVAL */
void object_gone(unsigned type, int system);
key_t key_to_system(key_t key);
key_t key_to_virtual(key_t key);

/* id-self.c */
extern _Atomic pid_t self_known;            /* our virtual pid once it was asked for; 0: not cached */
void self_start(void);
void self_forget(void);                     /* in a child that has a copy of our memory */
void self_nested(void);                     /* in a process of another PID namespace: its ids are the kernel's */
extern _Atomic int self_shared;             /* processes that share our memory and aren't us: nothing is cached */

/* coarse-clock.c: nanoseconds; 0: not to be had. */
void coarse_clock_start(void);
int64_t coarse_clock(void);

void siginfo_to_virtual(siginfo_t *info);
void siginfo_to_system(siginfo_t *info);
/* The action to hand on, and the one to tell: a handler that is told a pid is called through ours. */
const struct sigaction *action_to_system(int number, const struct sigaction *new, struct sigaction *changed);
sighandler_t handler_told(int number); /* the program's own, where ours stands for it */
sighandler_t handler_to_virtual(sighandler_t installed, sighandler_t told);

void credentials_to_virtual(int level, int name, void *value, socklen_t length);
void control_to_virtual(struct msghdr *message);
/* The control message to send: the caller's own, or a copy in `room` where credentials are translated. */
const struct msghdr *control_to_system(const struct msghdr *message, struct msghdr *changed, void *room, size_t size);

/* For a wrapper of one call: the value with errno as the kernel would set it. */
static inline int refused(long negated) {
  errno = (int)-negated;
  return -1;
}
#endif
