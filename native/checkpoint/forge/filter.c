/* MADV_DONTNEED on a privately mapped image page brings the image's bytes back, not zeros. The library's own madvise() knows
 * better; this filter sends it the calls that go past it (raw system calls of allocators, runtimes, the C library). */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/filter.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/shared.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/prctl.h>

#define INTERVALS 24
#define BLOCK_SHIFT 16 /* intervals are in units of 64 KiB, so that a 47 bit address fits a 32 bit register */

struct interval { uint32_t first, last; };
struct program { struct sock_filter code[56 + 5 * INTERVALS]; uint16_t size; };

static uint32_t block(uint64_t address) { return (uint32_t)(address >> BLOCK_SHIFT); }

/* Closes the smallest gap. */
static void merge_closest(struct interval *list, uint32_t *count) {
  uint32_t best = 0, smallest = ~0u;
  for (uint32_t i = 0; i + 1 < *count; i++) {
    uint32_t gap = list[i + 1].first - list[i].last;
    if (gap < smallest) smallest = gap, best = i;
  }
  list[best].last = list[best + 1].last;
  for (uint32_t i = best + 1; i + 1 < *count; i++) list[i] = list[i + 1];
  (*count)--;
}

static uint32_t coarse(const struct arena *arena, struct interval *list) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < arena->range_count; i++) {
    struct interval next = {block(arena->ranges[i].start), block(arena->ranges[i].end - 1)};
    if (count && next.first <= list[count - 1].last + 1) {
      list[count - 1].last = next.last;
      continue;
    }
    if (count == INTERVALS) merge_closest(list, &count);
    list[count++] = next;
  }
  return count;
}

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t jump_true, uint8_t jump_false) {
  p->code[p->size++] = (struct sock_filter){code, jump_true, jump_false, k};
}
static void load(struct program *p, uint32_t offset) { emit(p, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
static void answer(struct program *p, uint32_t action) { emit(p, BPF_RET | BPF_K, action, 0, 0); }
static void allow_unless(struct program *p, uint32_t value) {
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
  answer(p, SECCOMP_RET_ALLOW);
}
#define LOW(field) (uint32_t)offsetof(struct seccomp_data, field)
#define HIGH(field) (LOW(field) + 4)

/* Leaves args[n] / 64 KiB in the accumulator; uses X. */
static void load_blocks(struct program *p, uint32_t offset) {
  load(p, offset);
  emit(p, BPF_ALU | BPF_RSH | BPF_K, BLOCK_SHIFT, 0, 0);
  emit(p, BPF_MISC | BPF_TAX, 0, 0, 0);
  load(p, offset + 4);
  emit(p, BPF_ALU | BPF_LSH | BPF_K, 32 - BLOCK_SHIFT, 0, 0);
  emit(p, BPF_ALU | BPF_OR | BPF_X, 0, 0, 0);
}

/* The calls it is about: mremap whatever its flags, madvise with DONTNEED, FREE, WIPEONFORK, KEEPONFORK, DONTNEED_LOCKED. */
static void select_calls(struct program *p) {
  static const uint8_t advice[] = {4, 8, 18, 19, 24};
  const uint8_t count = sizeof advice;
  load(p, LOW(nr));
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, FILTER_MAGIC, 0, 0); /* no such call: says whose filter this is */
  load(p, LOW(arch));
  allow_unless(p, AUDIT_ARCH_X86_64);
  load(p, LOW(nr));
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_mremap, (uint8_t)(count + 4), 0);
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 1, 0);
  answer(p, SECCOMP_RET_ALLOW);
  load(p, LOW(args[2]));
  for (uint8_t i = 0; i < count; i++) emit(p, BPF_JMP | BPF_JEQ | BPF_K, advice[i], (uint8_t)(count - i), 0);
  answer(p, SECCOMP_RET_ALLOW);
}

/* The library's own instruction passes. */
static void pass_library(struct program *p, uint64_t instruction) {
  load(p, LOW(instruction_pointer));
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)instruction, 0, 3);
  load(p, HIGH(instruction_pointer));
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(instruction >> 32), 0, 1);
  answer(p, SECCOMP_RET_ALLOW);
}

/* A call that begins before an interval and reaches into it is meant as well: M[0] is its first block, M[1] its last. */
static void trap_intervals(struct program *p, const struct interval *list, uint32_t count) {
  load_blocks(p, LOW(args[1]));
  emit(p, BPF_ALU | BPF_ADD | BPF_K, 1, 0, 0);
  emit(p, BPF_ST, 1, 0, 0);
  load_blocks(p, LOW(args[0]));
  emit(p, BPF_ST, 0, 0, 0);
  emit(p, BPF_LDX | BPF_W | BPF_MEM, 1, 0, 0);
  emit(p, BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0);
  emit(p, BPF_ST, 1, 0, 0);
  for (uint32_t i = 0; i < count; i++) {
    emit(p, BPF_LD | BPF_W | BPF_MEM, 0, 0, 0);
    emit(p, BPF_JMP | BPF_JGT | BPF_K, list[i].last, 3, 0);
    emit(p, BPF_LD | BPF_W | BPF_MEM, 1, 0, 0);
    emit(p, BPF_JMP | BPF_JGE | BPF_K, list[i].first, 0, 1);
    answer(p, SECCOMP_RET_TRAP);
  }
  answer(p, SECCOMP_RET_ALLOW);
}

static int handle_traps(const struct arena *arena) {
  struct { uint64_t handler, flags, restorer, mask; } action = {
      arena->sigsys_handler, 0x4 | 0x04000000 | 0x08000000 | 0x40000000 /* SIGINFO, RESTORER, ONSTACK, NODEFER */,
      arena->sigsys_restorer, 0};
  long r = sys4(SYS_rt_sigaction, 31, &action, 0, 8);
  return r < 0 ? fail(r, "set the handler of", "SIGSYS") : 0;
}

/* Who may not filter what later programs do with more rights promises that there will be none. */
static long install(const struct sock_filter *code, uint16_t size, uint32_t flags) {
  struct sock_fprog filter = {size, (struct sock_filter *)code};
  long r = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  if (r != -EACCES) return r;
  regardless(sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); /* without it what follows fails */
  return sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

int filter_install(const struct process *process) {
  const struct arena *arena = arena_of(process);
  if (!arena || !arena->range_count || !arena->sigsys_handler) return 0;
  struct interval list[INTERVALS];
  struct program program;
  program.size = 0;
  select_calls(&program);
  pass_library(&program, arena->raw_syscall);
  trap_intervals(&program, list, coarse(arena, list));
  if (handle_traps(arena) < 0) return -1;
  long r = install(program.code, program.size, 0);
  return r < 0 ? fail_number(r, "install the filter of process", process->image->pid) : 0;
}

int dispatch_again(const struct process *process, const struct thread *thread) {
  const struct arena *arena = arena_of(process);
  if (!arena || !(thread->image->flags & THREAD_DISPATCHED)) return 0;
  long r = sys5(SYS_prctl, 59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, arena->direct_start, arena->direct_length, 0);
  return r < 0 ? fail_number(r, "have calls sent to the library in thread", thread->image->tid) : 0;
}

int filters_thread(const struct thread *thread) { return thread->filters.size || (thread->image->flags & THREAD_DISPATCHED); }

int filters_again(const struct thread *thread) {
  const char *at = thread->filters.data, *end = at + thread->filters.size;
  while (at < end) {
    const struct image_filter *head = (const void *)at;
    if ((uint64_t)(end - at) < sizeof *head || head->count > (uint64_t)(end - at - sizeof *head) / sizeof(struct sock_filter))
      return fail_number(-EPROTO, "read the filters of thread", thread->image->tid);
    at += sizeof *head;
    long r = install((const struct sock_filter *)at, (uint16_t)head->count, head->flags & SECCOMP_FILTER_FLAG_LOG);
    if (r < 0) return fail_number(r, "install again a filter of thread", thread->image->tid);
    at += head->count * sizeof(struct sock_filter);
  }
  return 0;
}
