/* What a process or thread that is made by a call of its own goes through: dispatch-clone.S. */
#include "preload/dispatch.h"
#include "preload/ids.h"
#include <sched.h>
#include <string.h>

/* The first six fields are known to dispatch-clone.S. */
struct way {
  _Atomic int32_t users; /* 0: free */
  uint32_t plain;        /* the child goes on without the library */
  uint64_t rip, rbx, start, length, trap;
  uint64_t flags;
  bool single;           /* nothing is made: it comes back once */
  pid_t *parent_tid;
  greg_t registers[23];
};

#define WAYS 64
static struct way ways[WAYS];
extern const char dispatch_clone_here[];

static struct way *take(int32_t users) {
  for (int i = 0; i < WAYS; i++) {
    int32_t free = 0;
    if (atomic_compare_exchange_strong(&ways[i].users, &free, users)) return &ways[i];
  }
  return NULL;
}

static void go(struct way *way, greg_t *r) {
  way->rip = (uint64_t)r[REG_RIP];
  way->rbx = (uint64_t)r[REG_RBX];
  way->start = inside.arena->direct_start;
  way->length = inside.arena->direct_length;
  way->trap = CODE_PAGE_TRAP;
  memcpy(way->registers, r, sizeof way->registers);
  r[REG_RBX] = (greg_t)(uintptr_t)way;
  r[REG_RIP] = (greg_t)(uintptr_t)dispatch_clone_here;
}

struct wanted { uint64_t flags; pid_t *parent_tid; };

static bool wanted_of(const greg_t *r, long number, struct wanted *out) {
  *out = (struct wanted){0, NULL};
  if (number == SYS_vfork) out->flags = CLONE_VM | CLONE_VFORK;
  if (number == SYS_clone) *out = (struct wanted){(uint64_t)r[REG_RDI], (pid_t *)r[REG_RDX]};
  if (number != SYS_clone3) return true;
  const uint64_t *given = (void *)r[REG_RDI]; /* flags, pidfd, child_tid, parent_tid */
  if (!readable(given, 4 * sizeof *given)) return false;
  *out = (struct wanted){given[0], (pid_t *)given[3]};
  return true;
}

long dispatch_clone_begin(ucontext_t *context, long number) {
  greg_t *r = context->uc_mcontext.gregs;
  struct wanted wanted;
  if (!wanted_of(r, number, &wanted)) return -EFAULT;
  bool shares = (wanted.flags & CLONE_VM) != 0, waits = (wanted.flags & CLONE_VFORK) != 0;
  bool alone = shares && (!waits || (wanted.flags & CLONE_SETTLS) != 0); /* no thread-local memory of the C library's, or none of its own */
  struct way *way = take(alone ? 2 : 1);
  if (way == NULL) return -EAGAIN;
  way->plain = alone;
  way->single = false;
  way->flags = wanted.flags;
  way->parent_tid = wanted.parent_tid;
  if (shares && (wanted.flags & CLONE_THREAD) == 0) self_shared++; /* as long as nobody tells that the child has gone */
  go(way, r);
  return 0;
}

bool dispatch_there_begin(ucontext_t *context) {
  struct way *way = take(1);
  if (way == NULL) return false;
  way->plain = 0;
  way->single = true;
  go(way, context->uc_mcontext.gregs);
  return true;
}

static void child(const struct way *way) {
  if (way->flags & CLONE_VM) return;
  if (way->flags & CLONE_NEWPID) self_nested();
  else self_forget();
}

static long parent(const struct way *way, long system) {
  bool shares = (way->flags & CLONE_VM) != 0, waits = (way->flags & CLONE_VFORK) != 0, thread = (way->flags & CLONE_THREAD) != 0;
  if (shares && !thread && (waits || system < 0)) self_shared--;
  if (system <= 0 || thread || (way->flags & CLONE_NEWPID)) return system;
  pid_t shown = ids_on() ? pid_claim((pid_t)system) : 0;
  if (shown == 0) return system;
  if ((way->flags & CLONE_PARENT_SETTID) && readable(way->parent_tid, sizeof shown) && *way->parent_tid == system) *way->parent_tid = shown;
  return shown;
}

void dispatch_clone_end(ucontext_t *context) {
  greg_t *r = context->uc_mcontext.gregs;
  struct way *way = (void *)r[REG_RBX];
  long result = r[REG_RDI];
  int kept = errno;
  if (!way->single) {
    if (result == 0) child(way);
    else result = parent(way, result);
  }
  errno = kept;
  r[REG_RDI] = way->registers[REG_RDI];
  r[REG_RSI] = way->registers[REG_RSI];
  r[REG_RDX] = way->registers[REG_RDX];
  r[REG_R10] = way->registers[REG_R10];
  r[REG_R8] = way->registers[REG_R8];
  r[REG_RBX] = (greg_t)way->rbx;
  r[REG_RIP] = (greg_t)way->rip;
  r[REG_RAX] = result;
  bool waits = (way->flags & CLONE_VFORK) != 0;
  if (way->single) way->users = 0;
  else if (result > 0 && way->plain && !waits) way->users--; /* the child may still read it */
  else if (result != 0) way->users = 0;
}

/* In a child with a copy of the memory. */
void dispatch_clone_forget(void) {
  for (int i = 0; i < WAYS; i++) ways[i].users = 0;
}
