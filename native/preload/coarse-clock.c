/* The kernel's coarse clock without a system call, from the vdso. Its function is looked for by the vdso's own symbols: what dlsym finds may be
 * another preload's (libfaketime), whose time stands still. In a clone the vdso lies where it lay. */
#include "preload/ids.h"
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#define MOST_SYMBOLS 1000

static int (*from_vdso)(clockid_t, struct timespec *);

static void find_in(uintptr_t base, const ElfW(Dyn) *part) {
  const ElfW(Sym) *symbols = NULL, *last;
  const char *names = NULL;
  for (; part->d_tag != DT_NULL; part++) {
    if (part->d_tag == DT_SYMTAB) symbols = (const void *)(base + part->d_un.d_ptr);
    if (part->d_tag == DT_STRTAB) names = (const void *)(base + part->d_un.d_ptr);
  }
  last = (const void *)names; /* the names follow the symbols, and nothing else says how many these are */
  if (symbols == NULL || last <= symbols || last - symbols > MOST_SYMBOLS) return;
  for (; symbols + 1 <= last; symbols++)
    if (symbols->st_shndx != SHN_UNDEF && strcmp(names + symbols->st_name, "__vdso_clock_gettime") == 0)
      from_vdso = (int (*)(clockid_t, struct timespec *))(base + symbols->st_value);
}

void coarse_clock_start(void) {
  uintptr_t base = getauxval(AT_SYSINFO_EHDR), load = 0;
  if (base == 0) return; /* valgrind hides it */
  const ElfW(Ehdr) *head = (const void *)base;
  const ElfW(Phdr) *parts = (const void *)(base + head->e_phoff), *dynamic = NULL;
  for (int i = 0; i < head->e_phnum; i++) {
    if (parts[i].p_type == PT_LOAD) load = parts[i].p_vaddr - parts[i].p_offset;
    if (parts[i].p_type == PT_DYNAMIC) dynamic = &parts[i];
  }
  if (dynamic != NULL) find_in(base - load, (const void *)(base - load + dynamic->p_vaddr));
}

int64_t coarse_clock(void) {
  struct timespec now;
  long result = from_vdso != NULL ? from_vdso(CLOCK_MONOTONIC_COARSE, &now) : raw3(SYS_clock_gettime, CLOCK_MONOTONIC_COARSE, &now, 0);
  return result < 0 ? 0 : (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
