/* Whether a program's calls past the C library are sent to this one. APPSHOT_RAW_CALLS says `all` (or 1), `none` (or 0) or `known`: in the program's
 * environment, else in what the instance was given (by an option or a rule). `known`, which holds where nothing is said, means programs that are
 * known to make their calls themselves. Half of such a program would go by virtual ids and half by the system's: what is linked to it asks the C library. */
#include "preload/dispatch.h"
#include "preload/environment.h"
#include <link.h>
#include <string.h>
#include <sys/utsname.h>

static bool is(const char *value, const char *word, const char *digit) { return strcmp(value, word) == 0 || strcmp(value, digit) == 0; }

static unsigned number_at(const char **text) {
  unsigned number = 0;
  for (; **text >= '0' && **text <= '9'; ++*text) number = number * 10 + (unsigned)(**text - '0');
  return number;
}

/* Since Linux 6.4 another process can ask what is sent. Before, no template could be made of the program: better is that it sees system ids. */
bool dispatch_is_kept(void) {
  struct utsname kernel;
  if (raw3(SYS_uname, (long)&kernel, 0, 0) < 0) return false;
  const char *rest = kernel.release;
  unsigned major = number_at(&rest);
  if (*rest == '.') rest++;
  return major > 6 || (major == 6 && number_at(&rest) >= 4);
}

static bool within(const struct dl_phdr_info *object, const ElfW(Phdr) *note) {
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type == PT_LOAD && note->p_vaddr >= part->p_vaddr && note->p_vaddr + note->p_filesz <= part->p_vaddr + part->p_filesz)
      return (part->p_flags & PF_R) != 0;
  }
  return false;
}

/* Go's linker leaves a note whose owner is "Go" in every program; its runtime makes all calls itself. */
static bool owned_by_go(const char *at, size_t left) {
  while (left >= sizeof(ElfW(Nhdr))) {
    const ElfW(Nhdr) *note = (const void *)at;
    size_t size = sizeof *note + (((size_t)note->n_namesz + 3) & ~3ul) + (((size_t)note->n_descsz + 3) & ~3ul);
    if (size > left) return false;
    if (note->n_namesz == 4 && memcmp(at + sizeof *note, "Go\0", 4) == 0) return true;
    at += size;
    left -= size;
  }
  return false;
}

static int look_at_program(struct dl_phdr_info *program, size_t size, void *found) {
  (void)size;
  for (int i = 0; i < program->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &program->dlpi_phdr[i];
    if (part->p_type == PT_NOTE && within(program, part))
      *(bool *)found |= owned_by_go((const char *)(program->dlpi_addr + part->p_vaddr), part->p_filesz);
  }
  return 1; /* the first is the program: no others */
}

enum dispatch_wish dispatch_wished(char **environment) {
  const char *value = setting(environment, "APPSHOT_RAW_CALLS");
  if (value != NULL && is(value, "all", "1")) return DISPATCH_ALL;
  if (value != NULL && is(value, "none", "0")) return DISPATCH_NONE;
  bool known = false;
  dl_iterate_phdr(look_at_program, &known);
  return known ? DISPATCH_GO : DISPATCH_NONE;
}
