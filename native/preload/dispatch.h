/* Calls that don't go through the C library, sent to this one by the kernel (PR_SET_SYSCALL_USER_DISPATCH, Linux 5.11). */
#ifndef PRELOAD_DISPATCH_H
#define PRELOAD_DISPATCH_H
#include "preload/inside.h"
#include <signal.h>
#include <ucontext.h>

#define SI_DISPATCHED 2 /* SYS_USER_DISPATCH, a si_code of SIGSYS */

void dispatch_start(char **environment);
enum dispatch_wish { DISPATCH_NONE, DISPATCH_GO, DISPATCH_ALL };
enum dispatch_wish dispatch_wished(char **environment); /* dispatch-wish.c */
bool dispatch_is_kept(void);
/* The calling thread from now on: neither a thread nor a child inherits it. */
void dispatch_thread(void);
static inline bool dispatch_on(void) { return inside.arena != NULL && inside.arena->direct_length > 0; }

/* A call as the program makes it; of one that sockets know, what the kernel would answer. */
struct taken { long number, a, b, c, d, e, f; };
long socket_call(const struct taken *taken);
/* go-calls.c; false: the program isn't made as it should be, nothing is replaced. */
bool go_calls_replaced(void);

/* In the handler of SIGSYS: what the program asked for is done, and its registers say what came of it. */
void dispatched(siginfo_t *info, ucontext_t *context);

/* dispatch-clone.c: a call that comes back in two processes or threads is made where both have the caller's stack; others may be too. */
bool dispatch_there_begin(ucontext_t *context);
long dispatch_clone_begin(ucontext_t *context, long number);
void dispatch_clone_end(ucontext_t *context);
void dispatch_clone_forget(void);
#endif
