#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/frame.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/cpu.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <signal.h>
#include <sys/mman.h>

/* The kernel's struct rt_sigframe without the return address in front of it. */
struct kernel_frame {
  uint64_t flags, link;
  uint64_t stack_sp; int32_t stack_flags, unused; uint64_t stack_size;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, rflags;
  uint16_t cs, gs, fs, ss;
  uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
  uint64_t mask;
  char info[128];
};
enum { R15, R14, R13, R12, BP, BX, R11, R10, R9, R8, AX, CX, DX, SI, DI, ORIG_AX, IP, CS, RFLAGS, SP, SS }; /* user_regs_struct */

#define HAS_XSTATE 1u
#define SEGMENT_SS 2u
#define STRICT_SS 4u
#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u
#define SOFTWARE_BYTES 464 /* in the FXSAVE area, for what the kernel wants to know */
#define HEADER 512         /* of the XSAVE state */
#define RED_ZONE 128

struct software { uint32_t magic1, extended_size; uint64_t features; uint32_t size, padding[7]; };

static uint64_t room_needed(void) { return sizeof(struct kernel_frame) + cpu_frame_state_size() + 4 + 64 + 32; }

/* A stack may lie in several mappings side by side: in a clone, what was written since is no longer one with the image's. */
static int is_writable(const struct process *process, uint64_t from, uint64_t to) {
  const struct image_vma *vma = process->vmas.data, *end = vma + process->vmas.size / sizeof *vma;
  for (; vma < end && from < to; vma++) {
    if (from < vma->start || from >= vma->end) continue;
    if ((vma->prot & (PROT_READ | PROT_WRITE)) != (PROT_READ | PROT_WRITE)) return 0;
    from = vma->end;
  }
  return from >= to;
}

/* Several threads can have one signal stack, each as long as no other uses it: here all would at once. */
static int is_shared(const struct process *process, const struct image_thread *t) {
  for (const struct thread *at = acting_leader(process); at < process->threads + process->thread_count; at++) {
    const struct image_thread *other = at->image;
    int apart = other->altstack_sp >= t->altstack_sp + t->altstack_size || t->altstack_sp >= other->altstack_sp + other->altstack_size;
    if (other != t && other->altstack_size && !(other->altstack_flags & 2) && !apart) return 1;
  }
  return 0;
}

/* An idle signal stack is free by contract; below the red zone of a stack nothing lives either, unless the runtime cuts its
 * stacks out of a heap (Go): such runtimes have signal stacks, so these are asked first. */
static uint64_t find_room(const struct process *process, const struct image_thread *t, uint64_t size) {
  uint64_t sp = t->regs[SP];
  uint64_t low = t->altstack_sp, high = low + t->altstack_size;
  int on_it = sp > low && sp <= high;
  int is_free = !(t->altstack_flags & 2) && t->altstack_size >= size && !on_it;
  if (is_free && is_writable(process, high - size, high) && !is_shared(process, t)) return high;
  uint64_t top = sp - RED_ZONE;
  if (sp > RED_ZONE + size && is_writable(process, top - size, top)) return top;
  char *own = heap_take(size + 64); /* stays with the restorer's area */
  return own ? (uint64_t)own + size : 0;
}

static int fill_state(char *to, const struct thread *thread) {
  uint32_t size = cpu_frame_state_size(), saved = thread->image->xsave_size;
  struct { uint64_t features, compact, reserved[6]; } header;
  if (saved < HEADER + sizeof header) return fail_number(-EPROTO, "read the CPU state of thread", thread->image->tid);
  memset(to, 0, size);
  memcpy(to, thread->xsave, saved < size ? saved : size);
  memcpy(&header, to + HEADER, sizeof header);
  struct cpu cpu;
  cpu_read(&cpu);
  uint64_t possible = cpu.xcr0 & ~(1ull << 18);
  if (header.features & ~possible) return fail_number(-ENOTSUP, "restore the tile registers of thread", thread->image->tid);
  struct software software = {MAGIC1, size + 4, possible, size, {0}};
  memcpy(to + SOFTWARE_BYTES, &software, sizeof software);
  uint32_t magic2 = MAGIC2;
  memcpy(to + size, &magic2, sizeof magic2);
  return 0;
}

/* Where the filter traps, SIGSYS must find its handler: a trap into a blocked signal ends the process. */
static uint64_t mask_of(const struct process *process, const struct image_thread *t) {
  const struct arena *arena = arena_of(process);
  return arena && arena->range_count ? t->sigmask & ~SIGSYS_BIT : t->sigmask;
}

/* The application's memory is in place by now; where its code can't be read, no call is about to be made. */
static int at_call(uint64_t ip) {
  uint16_t code = 0;
  struct { void *at; uint64_t size; } here = {&code, sizeof code}, there = {(void *)ip, sizeof code};
  return sys6(SYS_process_vm_readv, sys0(SYS_getpid), &here, 1, &there, 1, 0) == sizeof code && code == 0x050f;
}

/* Whether its arguments are the library's: others it translates when they are sent to it. */
static int translated(const struct image_thread *t, uint64_t ip) {
  const struct arena *arena = (const struct arena *)ARENA_BASE;
  return (t->flags & THREAD_DISPATCHED) == 0 || ip - arena->direct_start < arena->direct_length;
}

static void fill_registers(struct kernel_frame *f, const struct image_thread *t) {
  uint64_t r[sizeof t->regs / sizeof *t->regs];
  memcpy(r, t->regs, sizeof r);
  if (at_call(r[IP]) && translated(t, r[IP])) bound_call(r[AX], &r[DI], &r[SI]);
  f->flags = HAS_XSTATE | SEGMENT_SS | STRICT_SS;
  f->link = 0;
  f->stack_sp = t->altstack_sp;
  f->stack_flags = t->altstack_size ? (int32_t)t->altstack_flags & ~1 : 2;
  f->stack_size = t->altstack_size;
  f->r8 = r[R8], f->r9 = r[R9], f->r10 = r[R10], f->r11 = r[R11], f->r12 = r[R12], f->r13 = r[R13], f->r14 = r[R14], f->r15 = r[R15];
  f->di = r[DI], f->si = r[SI], f->bp = r[BP], f->bx = r[BX], f->dx = r[DX], f->ax = r[AX], f->cx = r[CX];
  f->sp = r[SP], f->ip = r[IP], f->rflags = r[RFLAGS];
  f->cs = (uint16_t)r[CS], f->ss = (uint16_t)r[SS], f->fs = f->gs = 0;
  f->err = f->trapno = f->oldmask = f->cr2 = 0;
}

/* A frame whose end is at `top`: where it begins, 0 after fail(). */
static uint64_t frame_below(uint64_t top, const struct thread *thread) {
  uint64_t state = (top - cpu_frame_state_size() - 4) & ~63ull;
  uint64_t at = (state - sizeof(struct kernel_frame)) & ~15ull;
  if (fill_state((char *)state, thread) < 0) return 0;
  fill_registers((struct kernel_frame *)at, thread->image);
  ((struct kernel_frame *)at)->fpstate = state;
  return at;
}

/* A stopped process stops in its own memory, not in ours: the frame leads to the call that stops it, which returns through the
 * code of the library to the frame that leads home. */
static uint64_t stop_before(uint64_t home, const struct process *process, const struct thread *thread) {
  const struct arena *arena = arena_of(process);
  uint64_t *back = (uint64_t *)(home - sizeof *back);
  *back = arena->sigsys_restorer;
  uint64_t at = frame_below((uint64_t)back, thread);
  if (!at) return 0;
  struct kernel_frame *stop = (struct kernel_frame *)at;
  stop->ip = arena->direct_length ? arena->agent_syscall : arena->raw_syscall - 2; /* `syscall; ret` */
  stop->sp = (uint64_t)back;
  stop->ax = SYS_kill;
  stop->di = (uint64_t)sys0(SYS_getpid);
  stop->si = SIGSTOP;
  stop->mask = ALL_SIGNALS;
  return at;
}

uint64_t frame_build(const struct process *process, const struct thread *thread) {
  int stops = frame_stops(process) && thread == acting_leader(process);
  uint64_t top = find_room(process, thread->image, room_needed() * (stops ? 2 : 1));
  if (!top) {
    fail_number(-ENOMEM, "find room for the signal frame of thread", thread->image->tid);
    return 0;
  }
  uint64_t home = frame_below(top, thread);
  if (home) ((struct kernel_frame *)home)->mask = mask_of(process, thread->image);
  return home && stops ? stop_before(home, process, thread) : home;
}
