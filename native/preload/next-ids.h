/* The functions behind the wrappers of ids. */
#ifndef PRELOAD_NEXT_IDS_H
#define PRELOAD_NEXT_IDS_H
#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <mqueue.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <threads.h>
#include <time.h>

struct capability_header; /* of capget */
struct sched_attr;
struct utmp;
#define SPAWN_ARGUMENTS                                                                                       \
  (pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], char *const[])
#define SPAWN_FD_ARGUMENTS                                                                                    \
  (int *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], char *const[])
#define SCAN_ARGUMENTS                                                                                        \
  (int, const char *, struct dirent64 ***, int (*)(const struct dirent64 *), int (*)(const struct dirent64 **, const struct dirent64 **))
#define COPY_ARGUMENTS (pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long)

/* Of C libraries later than 2.36. */
#define NEXT_NEWER_FUNCTIONS(X) \
  X(pid_t, pidfd_getpid, (int)) \
  X(int, pidfd_spawn, SPAWN_FD_ARGUMENTS) \
  X(int, pidfd_spawnp, SPAWN_FD_ARGUMENTS) \
  X(int, sched_setattr, (pid_t, struct sched_attr *, unsigned)) \
  X(int, sched_getattr, (pid_t, struct sched_attr *, unsigned, unsigned)) \
  X(pid_t, pthread_gettid_np, (pthread_t))

#define NEXT_ID_FUNCTIONS(X)                                                                \
  X(pid_t, fork, (void)) \
  X(pid_t, _Fork, (void)) \
  X(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)) \
  X(int, thrd_create, (thrd_t *, thrd_start_t, void *)) \
  X(int, forkpty, (int *, char *, const struct termios *, const struct winsize *)) \
  X(int, unshare, (int)) \
  X(int, posix_spawn, SPAWN_ARGUMENTS) \
  X(int, posix_spawnp, SPAWN_ARGUMENTS) \
  X(int, clone, (int (*)(void *), void *, int, void *, ...)) \
  X(pid_t, wait, (int *)) \
  X(pid_t, waitpid, (pid_t, int *, int)) \
  X(pid_t, wait3, (int *, int, struct rusage *)) \
  X(pid_t, wait4, (pid_t, int *, int, struct rusage *)) \
  X(int, waitid, (idtype_t, id_t, siginfo_t *, int)) \
  X(int, kill, (pid_t, int)) \
  X(int, killpg, (pid_t, int)) \
  X(int, tgkill, (pid_t, pid_t, int)) \
  X(int, sigqueue, (pid_t, int, const union sigval)) \
  X(int, pidfd_open, (pid_t, unsigned)) \
  X(int, pidfd_send_signal, (int, int, siginfo_t *, unsigned)) \
  X(ssize_t, process_vm_readv, COPY_ARGUMENTS) \
  X(ssize_t, process_vm_writev, COPY_ARGUMENTS) \
  X(long, ptrace, (enum __ptrace_request, ...)) \
  X(pid_t, getpgid, (pid_t)) \
  X(pid_t, getpgrp, (void)) \
  X(pid_t, getsid, (pid_t)) \
  X(int, setpgid, (pid_t, pid_t)) \
  X(pid_t, setsid, (void)) \
  X(int, ioctl, (int, unsigned long, ...)) \
  X(int, sched_setscheduler, (pid_t, int, const struct sched_param *)) \
  X(int, sched_getscheduler, (pid_t)) \
  X(int, sched_setparam, (pid_t, const struct sched_param *)) \
  X(int, sched_getparam, (pid_t, struct sched_param *)) \
  X(int, sched_rr_get_interval, (pid_t, struct timespec *)) \
  X(int, sched_setaffinity, (pid_t, size_t, const cpu_set_t *)) \
  X(int, sched_getaffinity, (pid_t, size_t, cpu_set_t *)) \
  X(int, getpriority, (__priority_which_t, id_t)) \
  X(int, setpriority, (__priority_which_t, id_t, int)) \
  X(int, prlimit64, (pid_t, enum __rlimit_resource, const struct rlimit64 *, struct rlimit64 *)) \
  X(int, clock_getcpuclockid, (pid_t, clockid_t *)) \
  X(int, timer_create, (clockid_t, struct sigevent *, timer_t *)) \
  X(int, sigwaitinfo, (const sigset_t *, siginfo_t *)) \
  X(int, sigtimedwait, (const sigset_t *, siginfo_t *, const struct timespec *)) \
  X(ssize_t, read, (int, void *, size_t)) \
  X(ssize_t, write, (int, const void *, size_t)) \
  X(int, fflush, (FILE *)) \
  X(int, fclose, (FILE *)) \
  X(ssize_t, __read_chk, (int, void *, size_t, size_t)) \
  X(ssize_t, readv, (int, const struct iovec *, int)) \
  X(int, fcntl64, (int, int, ...)) \
  X(int, shmget, (key_t, size_t, int)) \
  X(void *, shmat, (int, const void *, int)) \
  X(int, shmctl, (int, int, struct shmid_ds *)) \
  X(int, semget, (key_t, int, int)) \
  X(int, semop, (int, struct sembuf *, size_t)) \
  X(int, semtimedop, (int, struct sembuf *, size_t, const struct timespec *)) \
  X(int, semctl, (int, int, int, ...)) \
  X(int, msgget, (key_t, int)) \
  X(int, msgsnd, (int, const void *, size_t, int)) \
  X(ssize_t, msgrcv, (int, void *, size_t, long, int)) \
  X(int, msgctl, (int, int, struct msqid_ds *)) \
  X(mqd_t, mq_open, (const char *, int, ...)) \
  X(mqd_t, __mq_open_2, (const char *, int)) \
  X(int, mq_unlink, (const char *)) \
  X(int, capget, (struct capability_header *, void *)) \
  X(int, capset, (struct capability_header *, void *)) \
  X(int, prctl, (int, ...)) \
  X(int, open64, (const char *, int, ...)) \
  X(int, __open64_2, (const char *, int)) \
  X(int, openat64, (int, const char *, int, ...)) \
  X(int, __openat64_2, (int, const char *, int)) \
  X(FILE *, fopen64, (const char *, const char *)) \
  X(DIR *, opendir, (const char *)) \
  X(struct dirent64 *, readdir64, (DIR *)) \
  X(int, readdir64_r, (DIR *, struct dirent64 *, struct dirent64 **)) \
  X(ssize_t, getdents64, (int, void *, size_t)) \
  X(int, scandirat64, SCAN_ARGUMENTS) \
  X(int, glob64, (const char *, int, int (*)(const char *, int), glob64_t *)) \
  X(char *, realpath, (const char *, char *)) \
  X(char *, getcwd, (char *, size_t)) \
  X(char *, __getcwd_chk, (char *, size_t, size_t)) \
  X(char *, get_current_dir_name, (void)) \
  X(char *, getwd, (char *)) \
  X(char *, __getwd_chk, (char *, size_t)) \
  X(int, nftw, (const char *, __nftw_func_t, int, int)) \
  X(int, ftw, (const char *, __ftw_func_t, int)) \
  X(void, openlog, (const char *, int, int)) \
  X(void, closelog, (void)) \
  X(void, login, (const struct utmp *)) \
  X(void, logwtmp, (const char *, const char *, const char *)) \
  X(int, stat, (const char *, struct stat *)) \
  X(int, lstat, (const char *, struct stat *)) \
  X(int, stat64, (const char *, struct stat64 *)) \
  X(int, lstat64, (const char *, struct stat64 *)) \
  X(int, fstatat, (int, const char *, struct stat *, int)) \
  X(int, fstatat64, (int, const char *, struct stat64 *, int)) \
  X(int, __xstat, (int, const char *, struct stat *)) \
  X(int, __lxstat, (int, const char *, struct stat *)) \
  X(int, __xstat64, (int, const char *, struct stat64 *)) \
  X(int, __lxstat64, (int, const char *, struct stat64 *)) \
  X(int, statx, (int, const char *, int, unsigned, struct statx *)) \
  X(int, access, (const char *, int)) \
  X(int, euidaccess, (const char *, int)) \
  X(int, eaccess, (const char *, int)) \
  X(int, faccessat, (int, const char *, int, int)) \
  X(int, chdir, (const char *)) \
  X(ssize_t, getxattr, (const char *, const char *, void *, size_t)) \
  X(ssize_t, lgetxattr, (const char *, const char *, void *, size_t)) \
  X(ssize_t, listxattr, (const char *, char *, size_t)) \
  X(ssize_t, llistxattr, (const char *, char *, size_t)) \
  X(int, statfs, (const char *, struct statfs *)) \
  X(int, statfs64, (const char *, struct statfs64 *)) \
  X(ssize_t, readlink, (const char *, char *, size_t)) \
  X(ssize_t, readlinkat, (int, const char *, char *, size_t)) \
  X(ssize_t, __readlink_chk, (const char *, char *, size_t, size_t)) \
  X(ssize_t, __readlinkat_chk, (int, const char *, char *, size_t, size_t))
#endif
