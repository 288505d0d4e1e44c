/* Sessions and process groups can't be given, only replayed: a session's id is its leader's, a child is born in its parent's
 * session, and a leader that has died since is played by a stand-in of the same id until everybody has joined. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/process-tree.h"
#include "checkpoint/forge/births.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/channel.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/make-process.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/terminals.h"
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/wait.h>

long process_spawn(uint32_t pid, uint64_t flags, int exit_signal) {
  int32_t ids[1] = {(int32_t)pid};
  struct clone_args args = {.flags = flags, .exit_signal = (uint64_t)exit_signal};
  if (!init.plain) args.set_tid = (uint64_t)ids, args.set_tid_size = 1;
  long made = make_process(&args);
  return made < 0 ? fail_number(made, "create process", pid) : made;
}

_Noreturn static void become(struct process *process);

static int create(struct process *process, uint64_t flags) {
  const struct image_process *p = process->image;
  long pid = process_spawn(p->pid, flags, flags & CLONE_PARENT ? 0 : p->exit_signal ? p->exit_signal : SIGCHLD);
  if (pid == 0) become(process);
  return pid < 0 ? -1 : 0;
}

static int create_children(const struct image_process *parent, enum birth birth) {
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct image_process *p = image.processes[i].image;
    if (p->ppid == parent->pid && p != parent && birth_of(p) == birth && create(&image.processes[i], 0) < 0) return -1;
  }
  return 0;
}

static int is_orphan_of(const struct image_process *p, const struct image_process *leader) {
  return p->sid == leader->pid && birth_of(p) == BIRTH_ORPHAN;
}

_Noreturn static void bear_orphans(const struct image_process *leader) {
  for (uint32_t i = 0; i < image.process_count; i++)
    if (is_orphan_of(image.processes[i].image, leader) && create(&image.processes[i], 0) < 0) sys_exit(1);
  sys_exit(0);
}

/* Orphans whose session lives: born to a child of its leader that ends at once, they pass to whom they had passed. */
static int create_orphans(const struct image_process *leader) {
  uint32_t i = 0;
  while (i < image.process_count && !is_orphan_of(image.processes[i].image, leader)) i++;
  if (i == image.process_count) return 0;
  long pid = process_spawn(free_id(leader), 0, 0);
  if (pid == 0) bear_orphans(leader);
  if (pid < 0) return -1;
  long r = sys4(SYS_wait4, pid, 0, __WALL, 0);
  return r < 0 ? fail_number(r, "wait for the parent of orphans", pid) : 0;
}

_Noreturn static void end_like(const struct image_process *p) {
  if (!WIFSIGNALED(p->exit_code)) sys_exit(WEXITSTATUS(p->exit_code));
  int signal = WTERMSIG(p->exit_code), is_kill = signal == SIGKILL; /* whose handling can't be set, nor need be */
  if (!is_kill && signal_set(signal, 0) < 0) sys_exit(1);
  long r = sys2(SYS_kill, sys0(SYS_getpid), signal);
  if (r >= 0) r = signals_block(0);
  fail_number(r < 0 ? r : -EIO, "end as it had ended process", p->pid);
  sys_exit(1);
}

/* A dead group leader, played by a child of the group's first member. */
static int needs_group_stand_in(const struct process *process) {
  uint32_t group = process->image->pgid;
  if (!group || process_by_pid(group)) return 0;
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct image_process *p = image.processes[i].image;
    if (p->pgid == group && &image.processes[i] != process && i < (uint32_t)(process - image.processes)) return 0;
    if (p->sid == group) return 0; /* the session's stand-in leads this group as well */
  }
  return 1;
}

_Noreturn static void stand_in(void) {
  wait_count(&shared()->grouped, shared()->created_expected);
  sys_exit(0);
}

static int make_group_stand_in(const struct process *process) {
  long pid = process_spawn(process->image->pgid, 0, SIGCHLD);
  if (pid == 0) stand_in();
  if (pid < 0) return -1;
  bound_leader(process->image->pgid, (int)pid);
  long r = sys2(SYS_setpgid, pid, pid);
  return r < 0 ? fail_number(r, "make process group", pid) : 0;
}

static int create_dead_sessions(uint32_t parent);

static int take_place(struct process *process) {
  const struct image_process *p = process->image;
  /* Early: descendants learn at their birth that there is one to pass to. */
  long reaps = p->flags & PROCESS_CHILD_SUBREAPER ? sys2(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1) : 0;
  if (reaps < 0) return fail_number(reaps, "have descendants passed to process", p->pid);
  if (create_children(p, BIRTH_BEFORE) < 0) return -1;
  if (leads_session(p)) {
    long r = sys0(SYS_setsid);
    if (r < 0) return fail_number(r, "make session", p->sid);
    if (terminal_control(p) < 0) return -1;
  } else if (p->pgid == p->pid) {
    long r = sys2(SYS_setpgid, 0, 0);
    if (r < 0) return fail_number(r, "make process group", p->pgid);
  }
  if (create_children(p, BIRTH_PLAIN) < 0 || create_dead_sessions(p->pid) < 0) return -1;
  if (leads_session(p) && create_orphans(p) < 0) return -1;
  return needs_group_stand_in(process) ? make_group_stand_in(process) : 0;
}

_Noreturn static void become(struct process *process) {
  const struct image_process *p = process->image;
  bound_process(p->pid, (int)sys0(SYS_getpid));
  if (take_place(process) < 0) sys_exit(1);
  count_up(&shared()->created, shared()->created_expected);
  if (p->flags & PROCESS_ZOMBIE) {
    if (join_group(process) < 0) sys_exit(1);
    end_like(p);
  }
  long told = channel_say_process(init.channel, (int)p->pid);
  if (told >= 0) restore_private_state(process);
  fail_number(told, "tell of process", p->pid);
  sys_exit(1);
}

/* Alone there is nobody to wait for, and no group but one's own. */
int join_group(const struct process *process) {
  const struct image_process *p = process->image;
  struct shared *s = shared();
  if (s->created_expected == 1 && p->pgid == p->pid) return 0;
  if (wait_count(&s->created, s->created_expected) < 0) return -1;
  if (p->pgid && p->pgid != p->pid) {
    long r = sys2(SYS_setpgid, 0, system_process(p->pgid));
    if (r < 0) return fail_number(r, "join process group", p->pgid);
  }
  count_up(&s->grouped, s->created_expected);
  if (!needs_group_stand_in(process)) return 0;
  long r = sys4(SYS_wait4, system_process(p->pgid), 0, __WALL, 0);
  return r < 0 ? fail_number(r, "wait for the stand-in", p->pgid) : 0;
}

/* Orphans in a session whose leader has died: the stand-in makes the session and bears them as its own siblings. */
_Noreturn static void session_stand_in(uint32_t session, uint32_t parent) {
  long r = sys0(SYS_setsid);
  if (r < 0) {
    fail_number(r, "make session", session);
    sys_exit(1);
  }
  bound_leader(session, (int)sys0(SYS_getpid));
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct image_process *p = image.processes[i].image;
    if (p->ppid == parent && p->sid == session && birth_of(p) == BIRTH_DEAD_SESSION && create(&image.processes[i], CLONE_PARENT) < 0)
      sys_exit(1);
  }
  stand_in();
}

static int is_first_of_session(uint32_t index) {
  const struct image_process *process = image.processes[index].image;
  for (uint32_t i = 0; i < index; i++) {
    const struct image_process *p = image.processes[i].image;
    if (p->sid == process->sid && birth_of(p) == BIRTH_DEAD_SESSION) return 0;
  }
  return 1;
}

static int create_dead_sessions(uint32_t parent) {
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct image_process *p = image.processes[i].image;
    if (p->ppid != parent || birth_of(p) != BIRTH_DEAD_SESSION || !is_first_of_session(i)) continue;
    long pid = process_spawn(p->sid, 0, SIGCHLD);
    if (pid == 0) session_stand_in(p->sid, parent);
    if (pid < 0) return -1;
  }
  return 0;
}

int processes_create(void) {
  static const struct image_process init = {.pid = 1};
  return create_children(&init, BIRTH_PLAIN) < 0 ? -1 : create_dead_sessions(1);
}
