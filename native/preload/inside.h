/* What the files of this library share. The laws they keep are in appshot.c. */
#ifndef PRELOAD_INSIDE_H
#define PRELOAD_INSIDE_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/raw.h"
#include "shared/arena.h"
#include "shared/table.h"

/* Everything is built hidden; only what is interposed is seen from outside. */
#define EXPORT __attribute__((visibility("default")))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define PAGE 4096ul

struct inside {
  struct arena *arena;   /* NULL: it could not be had, behave as if not there */
  bool table_writable;
  bool secure;           /* AT_SECURE: nothing from the environment is believed */
  bool foreign_filter;   /* exec'd from a clone: the clone's filter is inherited, its ranges are not */
  uint32_t born;         /* the generation at exec; the arena's is higher once the process was cloned */
};
extern struct inside inside;

/* Starts the library if a call came before the constructor; false: behave as if not there. */
bool inside_ready(void);
static inline struct table *inside_table(void) {
  return inside_ready() ? (struct table *)inside.arena->table : NULL;
}
/* A filter traps madvise and mremap in this process, or the kernel sends calls from outside of the C library: SIGSYS has to come through. */
static inline bool inside_trapped(void) {
  return inside_ready() && (inside.arena->range_count > 0 || inside.foreign_filter || inside.arena->direct_length > 0);
}

static inline long answer(long raw) {
  if (UNLIKELY(raw < 0 && raw > -4096)) {
    errno = (int)-raw;
    return -1;
  }
  return raw;
}

/* False where reading would fault: the kernel is then asked with the caller's own pointer and says EFAULT. */
bool readable(const void *at, size_t length);

/* raw-syscall.S */
typedef long trapped_function(long number, long a, long b, long c, long d, long e);
trapped_function trapped_syscall;
extern const char appshot_after_syscall[], appshot_leave[], appshot_sigreturn[], appshot_agent[];

/* code-page.c: the one to call is `trapped`. */
extern trapped_function *trapped;
void code_page_map(void);
uint64_t code_page_after_syscall(void);
#define CODE_PAGE_TRAP (ARENA_CODE + 128) /* a call from there is always sent to the library: dispatch-clone.S */
bool code_page_there(void);

void environment_start(char **environment);
void sigsys_install(void);
void libc_patch(void);
#endif
