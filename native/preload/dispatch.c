/* Which calls are sent, and the threads that they are sent of. The kernel makes a call at once when its instruction lies between the C library and
 * the loader (this library, the vdso, and whatever else is loaded at the start lie there too), and raises SIGSYS for all others.
 * Unlike a seccomp filter this ends with an exec: a program without this library, a static one or a privileged one, is not killed by it. */
#include "preload/dispatch.h"
#include "preload/ids.h"
#include "preload/memory.h"
#include "preload/ports.h"
#include "preload/sigsys.h"
#include <gnu/libc-version.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#define SET_DISPATCH 59 /* PR_SET_SYSCALL_USER_DISPATCH */

struct range { uint64_t start, end; };
struct search { struct range found; uint64_t wanted[5]; int missing; };

static struct range extent(const struct dl_phdr_info *object) {
  struct range out = {UINT64_MAX, 0};
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD) continue;
    uint64_t start = object->dlpi_addr + part->p_vaddr, end = start + part->p_memsz;
    if (start < out.start) out.start = start;
    if (end > out.end) out.end = end;
  }
  return out;
}

static int look(struct dl_phdr_info *object, size_t size, void *given) {
  (void)size;
  struct search *search = given;
  struct range here = extent(object);
  for (int i = 0; i < 5; i++) {
    uint64_t at = search->wanted[i];
    if (at == 0 || at < here.start || at >= here.end) continue;
    search->missing--;
    search->wanted[i] = 0;
    if (here.start < search->found.start) search->found.start = here.start;
    if (here.end > search->found.end) search->found.end = here.end;
  }
  return 0;
}

/* False where one of them isn't found, or the program itself lies between them. */
static bool find_range(struct range *out) {
  struct search search = {.found = {UINT64_MAX, 0},
                          .wanted = {(uintptr_t)gnu_get_libc_version, (uintptr_t)next_functions.pthread_create, (uintptr_t)look,
                                     getauxval(AT_BASE), getauxval(AT_SYSINFO_EHDR)}};
  for (int i = 0; i < 5; i++) search.missing += search.wanted[i] != 0;
  dl_iterate_phdr(look, &search);
  *out = search.found;
  uint64_t program = getauxval(AT_ENTRY);
  return search.missing == 0 && (program < out->start || program >= out->end);
}

static long set(bool on) {
  const struct arena *arena = inside.arena;
  return on ? raw5(SYS_prctl, SET_DISPATCH, 1, arena->direct_start, arena->direct_length, 0) : raw5(SYS_prctl, SET_DISPATCH, 0, 0, 0, 0);
}

void dispatch_thread(void) {
  if (!dispatch_on()) return;
  const uint64_t unblock = SIGSYS_BIT;
  raw4(SYS_rt_sigprocmask, SIG_UNBLOCK, &unblock, NULL, 8);
  set(true);
}

void dispatch_start(char **environment) {
  struct range range;
  enum dispatch_wish wish = inside.secure ? DISPATCH_NONE : dispatch_wished(environment);
  if (wish == DISPATCH_NONE || (ids_now == NULL && ports_table() == NULL)) return;
  if (wish == DISPATCH_GO && ids_now == NULL && go_calls_replaced()) return;
  if (wish == DISPATCH_GO && !dispatch_is_kept()) return;
  if (!code_page_there() || !find_range(&range)) return;
  inside.arena->direct_start = range.start;
  inside.arena->direct_length = range.end - range.start;
  if (!inside.foreign_filter) sigsys_install();
  if (set(true) < 0) inside.arena->direct_length = 0; /* a kernel before 5.11 */
}

/* madvise and mremap, from the one page that a clone's filter lets through. */
long dispatch_trapped(long number, long a, long b, long c, long d, long e) {
  set(false);
  long result = trapped(number, a, b, c, d, e);
  set(true);
  return result;
}
