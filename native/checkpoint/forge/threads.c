#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/threads.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/credentials.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/make-process.h"
#include "checkpoint/forge/pending.h"
#include "checkpoint/forge/resume.h"
#include "checkpoint/forge/scheduling.h"
#include "checkpoint/forge/settings.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/prctl.h>
#include <linux/sched.h>
#include <asm/prctl.h>
#include <sys/mman.h>
#include <time.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

struct start { struct process *process; struct thread *thread; };

static void begin(void *argument) {
  struct start *start = argument;
  thread_restore(start->process, start->thread);
}

static int create(struct process *process, uint32_t index, struct start *start) {
  int32_t ids[1] = {(int32_t)process->threads[index].image->tid};
  struct clone_args args = {.flags = THREAD_FLAGS, .stack = THREADS_AT + index * THREAD_SIZE, .stack_size = THREAD_SIZE};
  if (!init.plain) args.set_tid = (uint64_t)ids, args.set_tid_size = 1;
  *start = (struct start){process, &process->threads[index]};
  long r = make_thread(&args, begin, start);
  if (r > 0) bound_process((uint32_t)ids[0], (int)r);
  return r < 0 ? fail_number(r, "create thread", ids[0]) : 0;
}

int threads_create(struct process *process) {
  uint32_t count = process->thread_count;
  if (count < 2) return 0;
  if (count > THREADS_MAX) return fail_number(-EAGAIN, "create so many threads in process", process->image->pid);
  long at = sys_map(THREADS_AT, count * THREAD_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (is_error(at)) return fail_number(at, "map thread stacks of process", process->image->pid);
  struct start *starts = heap_take(count * sizeof *starts);
  if (!starts) return fail(-ENOMEM, "create", "threads");
  for (uint32_t i = 1; i < count; i++)
    if (create(process, i, &starts[i]) < 0) return -1;
  return 0;
}

/* A word of the application's, which may be where nothing is mapped (-EFAULT): 0 or the kernel's answer. Asked by the thread's own id: the first
 * thread may have ended, and reaches no memory then. */
static long word_of(uint64_t address, uint32_t *word, int write) {
  struct { void *at; uint64_t size; } here = {word, sizeof *word}, there = {(void *)address, sizeof *word};
  long n = sys6(write ? SYS_process_vm_writev : SYS_process_vm_readv, sys0(SYS_gettid), &here, 1, &there, 1, 0);
  return n < 0 ? n : n == sizeof *word ? 0 : -EFAULT;
}

int threads_own_locks(const struct process *process) {
  const struct image_held *held = process->held.data;
  for (uint32_t i = 0; i < process->held.size / sizeof *held; i++) {
    uint32_t word = 0;
    long r = word_of(held[i].address, &word, 0);
    word = (word & 0xc0000000u) | (uint32_t)system_process(held[i].tid);
    if (r >= 0) r = word_of(held[i].address, &word, 1);
    if (r < 0 && r != -EFAULT) return fail_at(r, "hold the lock at", held[i].address);
  }
  return 0;
}

/* The C library's own idea of a thread's id stands where the kernel is to clear it at the thread's end. */
static long correct_thread_id(const struct image_thread *t) {
  uint32_t id = 0;
  long r = init.plain ? word_of(t->clear_child_tid, &id, 0) : -EFAULT;
  if (r == -EFAULT || (r >= 0 && !was_system(t->tid, id))) return 0;
  id = (uint32_t)sys0(SYS_gettid);
  return r < 0 ? r : word_of(t->clear_child_tid, &id, 1);
}

/* What the C library has registered with the kernel for this thread. */
static int register_library(const struct image_thread *t) {
  const uint64_t fs_base = t->regs[21], gs_base = t->regs[22]; /* struct user_regs_struct */
  long r = sys2(SYS_arch_prctl, ARCH_SET_FS, fs_base);
  if (r >= 0 && gs_base) r = sys2(SYS_arch_prctl, ARCH_SET_GS, gs_base);
  if (r < 0) return fail_number(r, "set the segment bases of thread", t->tid);
  if ((r = correct_thread_id(t)) >= 0) r = sys1(SYS_set_tid_address, t->clear_child_tid);
  if (r < 0) return fail_number(r, "have cleared its id at the end of thread", t->tid);
  if (t->robust_list && (r = sys2(SYS_set_robust_list, t->robust_list, t->robust_list_size)) < 0)
    return fail_number(r, "register the robust list of thread", t->tid);
  if (t->rseq_address && (r = sys4(SYS_rseq, t->rseq_address, t->rseq_size, 0, t->rseq_signature)) < 0)
    return fail_number(r, "register the restartable sequences of thread", t->tid);
  return 0;
}

static int set_alternate_stack(const struct image_thread *t) {
  struct { uint64_t sp; int32_t flags, unused; uint64_t size; } stack = {t->altstack_sp, (int32_t)t->altstack_flags & ~1, 0, t->altstack_size};
  if (!t->altstack_size || (t->altstack_flags & 2 /* SS_DISABLE */)) return 0;
  long r = sys2(SYS_sigaltstack, &stack, 0);
  return r < 0 ? fail_number(r, "set the signal stack of thread", t->tid) : 0;
}

/* Given last: both are taken back by a change of user. */
static int set_leader_flags(const struct process *process) {
  const struct image_process *p = process->image;
  long r = sys2(SYS_prctl, PR_SET_DUMPABLE, p->dumpable == 1);
  if (r < 0) return fail_number(r, "set whether others may look into process", p->pid);
  if (p->flags & PROCESS_KEEPCAPS && (r = sys2(SYS_prctl, PR_SET_KEEPCAPS, 1)) < 0) return fail_number(r, "have kept the capabilities of process", p->pid);
  return 0;
}

static int restore_steps(struct process *process, struct thread *thread) {
  const struct image_thread *t = thread->image;
  if (scheduling_claim(thread) < 0) return -1;
  if (set_alternate_stack(t) < 0 || settings_of_thread(thread) < 0 || credentials_apply(process, t) < 0) return -1;
  if (thread == acting_leader(process) && set_leader_flags(process) < 0) return -1;
  if (register_library(t) < 0) return -1;
  return pending_queue(process, thread);
}

static uint32_t leader_here = 1; /* the kernel writes a zero, and wakes who waits, when it is gone */

/* Others use the memory that it has its code and stack in until the very end. Nobody but a first thread may make signals pending that the
 * kernel or a process has sent. */
_Noreturn static void end_leader(const struct process *process, const struct thread *thread) {
  if (pending_queue(process, thread) < 0 || credentials_apply(process, thread->image) < 0) sys_exit(1);
  long r = sys2(SYS_prctl, PR_SET_NAME, thread->image->comm);
  if (r >= 0) r = sys1(SYS_set_tid_address, &leader_here);
  if (r < 0) {
    fail_number(r, "end as it had ended thread", thread->image->tid);
    sys_exit(1);
  }
  count_up(&shared()->ready, shared()->ready_expected);
  for (;;) regardless(sys1(SYS_exit, 0));
}

static int leader_is_zombie(void) {
  char text[512];
  long fd = sys_open("/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 1; /* nobody can look */
  long size = sys_read(fd, text, sizeof text);
  sys_close(fd);
  while (size > 0 && text[size - 1] != ')') size--;
  return size <= 0 || text[size + 1] == 'Z';
}

/* Gone from this memory first, then to be seen as what it was. */
static void await_leader(void) {
  enum { LOOKS = 5000 };
  const struct timespec pause = {0, 1000000};
  while (__atomic_load_n(&leader_here, __ATOMIC_ACQUIRE)) wait_word(&leader_here, 1, NANOS / 20);
  for (int i = 0; i < LOOKS && !leader_is_zombie(); i++) regardless(sys2(SYS_nanosleep, &pause, 0));
}

void thread_restore(struct process *process, struct thread *thread) {
  if (thread < acting_leader(process)) end_leader(process, thread);
  if (thread > process->threads && thread == acting_leader(process)) await_leader();
  if (restore_steps(process, thread) < 0) sys_exit(1);
  resume(process, thread);
}
