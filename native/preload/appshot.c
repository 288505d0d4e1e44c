/* libappshot: what lives inside every dynamic program of an instance.
 *
 * This code is a guest in a stranger. Its laws:
 *
 *  1. No malloc, no stdio, no locale, nothing that takes a lock of the C library. Buffers are on the stack, and small:
 *     it may run on a signal stack of a few KiB.
 *  2. errno is kept, unless the call that was interposed failed; then it is what the kernel would have said.
 *  3. Every entry is async-signal-safe where the function that it stands for is, thread-safe and fork-safe. No locks: what is
 *     shared is claimed by compare-and-swap (shared/table.h), so that a process killed half-way blocks nobody.
 *  4. Any entry may be called before the constructor has run, and does what it would do afterwards.
 *  5. What can't be had (the arena's place is taken, there is no table, the descriptor limit is reached) is done without: the
 *     program then runs as if this library were not there. It never prints, never ends the process.
 *  6. No pointer of the caller is read or written before the kernel would have found it good: bad ones get EFAULT, not SIGSEGV.
 *  7. A descriptor that is opened here is close-on-exec and closed again before the call returns.
 *  8. State that a clone must get anew stands in the arena; all other state must be true in a clone as it is.
 *  9. madvise and mremap are made by `trapped` (code-page.c; through plain_call, memory.h) alone, other system calls by raw.h; a function that is a cancellation point
 *     is called through next.h, and nothing is held across it.
 * 10. Only interposed names are exported. One file a concept; a new kind of id gets a file of its own.
 */
#include "preload/dispatch.h"
#include "preload/inside.h"
#include "preload/ids.h"
#include "preload/members.h"
#include "preload/sigsys.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct inside inside;

enum { UNTOUCHED = 0, STARTING = 1, READY = 2, ABSENT = 3 };
static _Atomic int state;

static const char *variable(char **environment, const char *name, size_t length) {
  for (; environment != NULL && *environment != NULL; environment++)
    if (memcmp(*environment, name, length) == 0) return *environment + length;
  return NULL;
}

static struct table *map_open_table(long fd, int prot) {
  struct stat about;
  if (raw3(SYS_fstat, fd, &about, 0) < 0 || (size_t)about.st_size < sizeof(struct table)) return NULL;
  struct table *table = raw_mmap(NULL, sizeof(struct table), prot, MAP_SHARED, (int)fd);
  if (raw_failed(table)) return NULL;
  if (table->magic == TABLE_MAGIC && table->version == TABLE_VERSION) return table;
  raw3(SYS_munmap, table, sizeof(struct table), 0);
  return NULL;
}

/* A process that may not write the table still reads translations from it. */
static struct table *map_table(const char *path) {
  inside.table_writable = true;
  long fd = raw_open(path, O_RDWR | O_CLOEXEC);
  if (fd == -EACCES || fd == -EROFS || fd == -EPERM) {
    inside.table_writable = false;
    fd = raw_open(path, O_RDONLY | O_CLOEXEC);
  }
  if (fd < 0) return NULL;
  struct table *table = map_open_table(fd, inside.table_writable ? PROT_READ | PROT_WRITE : PROT_READ);
  raw_close(fd);
  return table;
}

static bool map_arena(void) {
  struct arena *arena = raw_mmap((void *)ARENA_BASE, ARENA_SIZE, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1);
  if (raw_failed(arena)) return false;
  if ((uintptr_t)arena != ARENA_BASE) { /* a kernel before 4.17 takes the address for a hint */
    raw3(SYS_munmap, arena, ARENA_SIZE, 0);
    return false;
  }
  inside.arena = arena;
  return true;
}

static void fill_arena(struct table *table) {
  struct arena *arena = inside.arena;
  arena->version = ARENA_VERSION;
  arena->generation = inside.born = table != NULL ? table->generation : 0;
  arena->leave = (uintptr_t)appshot_leave;
  arena->sigsys_handler = (uintptr_t)sigsys_handler;
  arena->sigsys_restorer = (uintptr_t)appshot_sigreturn;
  arena->raw_syscall = code_page_after_syscall();
  arena->agent_syscall = (uintptr_t)appshot_agent;
  arena->table = (uintptr_t)table;
  __atomic_store_n(&arena->magic, ARENA_MAGIC, __ATOMIC_RELEASE);
}

static bool start(char **environment) {
  inside.secure = getauxval(AT_SECURE) != 0;
  next_find_all();
  if (!map_arena()) return false;
  const char *path = "/.appshot/table";
  const char *asked = inside.secure ? NULL : variable(environment, "APPSHOT_TABLE=", sizeof "APPSHOT_TABLE=" - 1);
  struct table *table = map_table(asked != NULL ? asked : path);
  code_page_map();
  fill_arena(table);
  ids_start(table);
  inside.foreign_filter = table != NULL ? table->generation > 0 : raw3(SYS_prctl, PR_GET_SECCOMP, 0, 0) == 2;
  if (inside.foreign_filter) sigsys_install();
  if (table != NULL) environment_start(environment);
  return true;
}

static bool start_once(char **environment) {
  int expected = UNTOUCHED;
  if (!atomic_compare_exchange_strong(&state, &expected, STARTING)) return expected == READY;
  int kept = errno;
  bool ready = start(environment);
  atomic_store_explicit(&state, ready ? READY : ABSENT, memory_order_release);
  errno = kept;
  return ready;
}

bool inside_ready(void) {
  int now = atomic_load_explicit(&state, memory_order_acquire);
  if (LIKELY(now == READY)) return true;
  return now == UNTOUCHED && start_once(environ);
}

__attribute__((constructor(101))) static void constructed(int count, char **arguments, char **environment) {
  (void)count, (void)arguments;
  if (start_once(environment) && inside.arena->table != 0) libc_patch();
  if (ids_now != NULL) self_start();
  if (ids_now != NULL) members_start();
  if (inside_table() != NULL) dispatch_start(environment);
}

/* Nobody is woken and nobody moved: the kernel compares the word with 0, which it has to read for that. Of the calls that read memory and do
 * nothing, this is one that a program's seccomp filter lets pass as a rule, and that valgrind has no word for. */
static bool word_readable(uintptr_t at) {
  at &= ~3ul;
  long result = raw6(SYS_futex, (long)at, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 0, 0, (long)at, 0);
  return result >= 0 || result == -EAGAIN;
}

bool readable(const void *at, size_t length) {
  uintptr_t first = (uintptr_t)at, frame = (uintptr_t)__builtin_frame_address(0);
  if (length == 0 || (first >= frame && first + length - frame < PAGE)) return true; /* the caller's own frame */
  uintptr_t last = first + length - 1;
  if (last < first || !word_readable(first)) return false;
  return (first & ~(PAGE - 1)) == (last & ~(PAGE - 1)) || word_readable(last);
}
