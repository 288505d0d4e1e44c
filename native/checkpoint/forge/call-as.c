/* The kernel remembers who made a unix connection, by the process that calls: SO_PEERCRED tells it for ever, also when that process has
 * ended. So a process with its number lives for the one call, before the image's own processes are made. Without a namespace it has whatever number
 * the kernel gives it, and the library is told whom that names (shared/id-words.h, id_stood_in_for). */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/make-process.h"
#include <linux/sched.h>
#include <sys/wait.h>

/* Without root nobody is anybody but himself, and what he sends says so. */
static long become(struct image_sender who) {
  long r = who.gid ? sys3(SYS_setresgid, who.gid, who.gid, -1) : 0;
  if ((r >= 0 || r == -EPERM || r == -EINVAL) && who.uid) r = sys3(SYS_setresuid, who.uid, who.uid, -1);
  return r == -EPERM || r == -EINVAL ? 0 : r;
}

/* It stands on this stack while its parent waits (CLONE_VFORK), and shares the descriptors. */
static __attribute__((noinline)) long call_in_child(struct image_sender who, long number, const long arguments[6], volatile long *result) {
  int32_t ids[1] = {(int32_t)who.pid};
  struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES, .set_tid = (uint64_t)ids, .set_tid_size = 1};
  if (init.plain) args.set_tid = args.set_tid_size = 0;
  long pid = make_process(&args);
  if (pid != 0) return pid;
  long became = become(who);
  *result = became < 0 ? became : sys6(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  for (;;) regardless(sys1(SYS_exit, 0));
}

long call_as(struct image_sender who, long number, const long arguments[6]) {
  volatile long result = -ECHILD;
  if (who.pid <= 1) return sys6(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  long pid = call_in_child(who, number, arguments, &result);
  if (pid < 0) return pid;
  long ended = sys4(SYS_wait4, pid, 0, __WALL, 0);
  if (ended < 0) return ended;
  if (init.plain) bound_stand_in(who.pid, (int)pid);
  return result;
}
