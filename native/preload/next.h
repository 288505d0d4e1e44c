/* The functions that lie behind ours: the next library's in the search order, which may be another preload's, a
 * sanitizer's or libc's. Going through them keeps cancellation points and other interposers working. */
#ifndef PRELOAD_NEXT_H
#define PRELOAD_NEXT_H
#include "preload/inside.h"
#include "preload/next-ids.h"
#include <signal.h>
#include <sys/sem.h>
#include <sys/socket.h>

#define NEXT_FUNCTIONS(X)                                                                   \
  X(int, bind, (int, const struct sockaddr *, socklen_t))                                   \
  X(int, connect, (int, const struct sockaddr *, socklen_t))                                \
  X(int, getsockname, (int, struct sockaddr *, socklen_t *))                                \
  X(int, getpeername, (int, struct sockaddr *, socklen_t *))                                \
  X(int, getsockopt, (int, int, int, void *, socklen_t *))                                  \
  X(int, accept, (int, struct sockaddr *, socklen_t *))                                     \
  X(int, accept4, (int, struct sockaddr *, socklen_t *, int))                               \
  X(ssize_t, sendto, (int, const void *, size_t, int, const struct sockaddr *, socklen_t))  \
  X(ssize_t, sendmsg, (int, const struct msghdr *, int))                                    \
  X(int, sendmmsg, (int, struct mmsghdr *, unsigned, int))                                  \
  X(ssize_t, recvfrom, (int, void *, size_t, int, struct sockaddr *, socklen_t *))          \
  X(ssize_t, __recvfrom_chk, (int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *)) \
  X(ssize_t, recvmsg, (int, struct msghdr *, int))                                          \
  X(int, recvmmsg, (int, struct mmsghdr *, unsigned, int, struct timespec *))               \
  X(int, setenv, (const char *, const char *, int))                                         \
  X(int, unsetenv, (const char *))                                                          \
  X(int, putenv, (char *))                                                                  \
  X(int, clearenv, (void))                                                                  \
  X(int, sigaction, (int, const struct sigaction *, struct sigaction *))                    \
  X(sighandler_t, signal, (int, sighandler_t))                                              \
  X(sighandler_t, sysv_signal, (int, sighandler_t))                                         \
  X(sighandler_t, sigset, (int, sighandler_t))                                              \
  X(int, sighold, (int))                                                                    \
  X(int, sigignore, (int))                                                                  \
  X(int, sigblock, (int))                                                                   \
  X(int, sigsetmask, (int))                                                                 \
  X(int, sigprocmask, (int, const sigset_t *, sigset_t *))                                  \
  X(int, pthread_sigmask, (int, const sigset_t *, sigset_t *))

#define X(result, name, arguments) result(*name) arguments;
struct next { NEXT_FUNCTIONS(X) NEXT_ID_FUNCTIONS(X) NEXT_NEWER_FUNCTIONS(X) };
#undef X
extern struct next next_functions;

/* Found at the start; a call that comes earlier finds its own. A library that lacks the name answers ENOSYS. */
void next_find_all(void);
void *next_find(void **slot, const char *name);
/* Whether a library beside this one has the function. */
bool next_exists(const char *name);
#define NEXT(name)                                                               \
  ((__typeof__(next_functions.name))(LIKELY(next_functions.name != NULL)         \
                                         ? (void *)next_functions.name           \
                                         : next_find((void **)&next_functions.name, #name)))
#endif
