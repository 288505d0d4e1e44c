/* Raw calls, for the calling thread alone: the C library's would be broadcast to threads that don't exist yet. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/credentials.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

struct rights { uint32_t uid[4], gid[4]; uint64_t inheritable, permitted, effective, bounding; uint32_t securebits; };
static struct rights own;

#define LAST_CAPABILITY 63

static int read_capabilities(struct rights *rights) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0}};
  long r = sys2(SYS_capget, &head, data);
  if (r < 0) return fail(r, "read the capabilities of", "the forge");
  rights->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
  rights->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
  rights->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
  for (int i = 0; i <= LAST_CAPABILITY; i++)
    if (sys2(SYS_prctl, PR_CAPBSET_READ, i) == 1) rights->bounding |= 1ull << i;
  return 0;
}

int credentials_read(void) {
  long r = sys3(SYS_getresuid, &own.uid[0], &own.uid[1], &own.uid[2]);
  if (r >= 0) r = sys3(SYS_getresgid, &own.gid[0], &own.gid[1], &own.gid[2]);
  if (r < 0) return fail(r, "read the user and group of", "the forge");
  own.uid[3] = own.uid[1];
  own.gid[3] = own.gid[1];
  own.securebits = (uint32_t)sys1(SYS_prctl, PR_GET_SECUREBITS);
  own.bounding = 0;
  return read_capabilities(&own);
}

uint32_t credentials_user(void) { return own.uid[1]; }
uint32_t credentials_group(void) { return own.gid[1]; }

/* A new user namespace gives every right over itself: what an application could get of them by an exec is what the forge's
 * own user could. */
int credentials_limit(void) {
  for (int i = 0; i <= LAST_CAPABILITY; i++) {
    long r = own.bounding >> i & 1 ? 0 : sys2(SYS_prctl, PR_CAPBSET_DROP, i);
    if (r < 0 && r != -EINVAL) return fail_number(r, "limit the capabilities of the instance by number", i); /* EINVAL: the kernel has fewer */
  }
  return credentials_read();
}

static int set_groups(const struct process *process) {
  if (forge.unprivileged) return 0; /* nobody can change them in such a namespace: they are the forge's */
  uint32_t count = process->groups.size / 4;
  long r = sys2(SYS_setgroups, count, count ? process->groups.data : 0);
  return r < 0 ? fail_number(r, "set the groups of process", process->image->pid) : 0;
}

/* These two answer with the former one, whatever they did. */
static int set_for_files(const struct image_thread *t) {
  if (t->gid[3] != t->gid[1]) regardless(sys1(SYS_setfsgid, t->gid[3]));
  if (t->uid[3] != t->uid[1]) regardless(sys1(SYS_setfsuid, t->uid[3]));
  int are = (uint32_t)sys1(SYS_setfsgid, -1) == t->gid[3] && (uint32_t)sys1(SYS_setfsuid, -1) == t->uid[3];
  return are ? 0 : fail_number(-EPERM, "set for the file system the user and group of thread", t->tid);
}

static int set_ids(const struct image_thread *t) {
  long r = sys3(SYS_setresgid, t->gid[0], t->gid[1], t->gid[2]);
  if (r < 0) return fail_number(r, "set the group of thread", t->tid);
  r = sys3(SYS_setresuid, t->uid[0], t->uid[1], t->uid[2]);
  if (r < 0) return fail_number(r, "set the user of thread", t->tid);
  return t->gid[3] != t->gid[1] || t->uid[3] != t->uid[1] ? set_for_files(t) : 0;
}

static int set_capabilities(const struct image_thread *t) {
  uint64_t permitted = t->cap_permitted & own.permitted, effective = t->cap_effective & permitted;
  uint64_t inheritable = t->cap_inheritable & (own.inheritable | own.permitted);
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
                                           {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
  long r = sys2(SYS_capset, &head, data);
  if (r < 0) return fail_number(r, "set the capabilities of thread", t->tid);
  for (int i = 0; i <= LAST_CAPABILITY; i++)
    if ((t->cap_ambient & permitted & inheritable) >> i & 1 && (r = sys5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0)) < 0)
      return fail_number(r, "set the ambient capabilities of thread", t->tid);
  return 0;
}

static int is_own(const struct process *process, const struct image_thread *t) {
  return !process->groups.size && !memcmp(t->uid, own.uid, sizeof own.uid) && !memcmp(t->gid, own.gid, sizeof own.gid) &&
         t->cap_permitted == own.permitted && t->cap_effective == own.effective && t->cap_inheritable == own.inheritable &&
         t->cap_bounding == own.bounding && !t->cap_ambient && t->securebits == own.securebits;
}

static int limit_capabilities(const struct image_thread *t) {
  for (int i = 0; i <= LAST_CAPABILITY; i++) {
    long r = (own.bounding & ~t->cap_bounding) >> i & 1 ? sys2(SYS_prctl, PR_CAPBSET_DROP, i) : 0;
    if (r < 0) return fail_number(r, "limit the capabilities of thread", t->tid);
  }
  return 0;
}

static int set_securebits(const struct image_thread *t) {
  long r = t->securebits == (uint32_t)sys1(SYS_prctl, PR_GET_SECUREBITS) ? 0 : sys2(SYS_prctl, PR_SET_SECUREBITS, t->securebits);
  return r < 0 ? fail_number(r, "set the secure bits of thread", t->tid) : 0;
}

/* Bounding set first (dropping takes a right that goes with the users), capabilities kept over the change of user, then
 * exactly the recorded ones. */
int credentials_apply(const struct process *process, const struct image_thread *t) {
  if (is_own(process, t)) return 0;
  if (limit_capabilities(t) < 0) return -1;
  regardless(sys2(SYS_prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS)); /* without it what follows fails where it matters */
  if (set_groups(process) < 0 || set_ids(t) < 0 || set_securebits(t) < 0) return -1;
  return set_capabilities(t);
}
