/* A process can't change its /proc/PID/exe while a file-backed mapping of the old one exists, and a restored process
 * must hold no page of ours: so our segments become anonymous memory with the same contents, once, before any fork. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/self.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <linux/prctl.h>
#include <sys/mman.h>

struct own_memory own_memory;

struct mapping { uint64_t start, end; int prot; int file; const char *name; };

/* Takes one line of /proc/self/maps apart; returns what follows it. */
static char *read_mapping(char *line, struct mapping *m) {
  const char *at = line;
  m->start = hex_number(&at);
  at++;
  m->end = hex_number(&at);
  m->prot = (at[1] == 'r' ? PROT_READ : 0) | (at[2] == 'w' ? PROT_WRITE : 0) | (at[3] == 'x' ? PROT_EXEC : 0);
  char *end = (char *)at;
  while (*end && *end != '\n') end++;
  char *next = *end ? end + 1 : end;
  *end = 0;
  char *name = end;
  while (name > at && name[-1] != ' ') name--;
  m->name = name;
  m->file = *name == '/';
  return next;
}

/* Exchanges the mapping under our feet in one call: the kernel comes back to the same bytes. */
static int make_anonymous(const struct mapping *m) {
  uint64_t size = m->end - m->start;
  long copy = sys_map(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (is_error(copy)) return fail_at(copy, "map a copy of our segment at", m->start);
  memcpy((void *)copy, (void *)m->start, size);
  long r = sys3(SYS_mprotect, copy, size, m->prot);
  if (r < 0) return fail_at(r, "protect the copy of our segment at", m->start);
  r = sys5(SYS_mremap, copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, m->start);
  return is_error(r) ? fail_at(r, "exchange our segment at", m->start) : 0;
}

static int park(const struct mapping *m, struct special *special, uint64_t *at) {
  uint64_t size = m->end - m->start;
  long r = sys5(SYS_mremap, m->start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, *at);
  if (is_error(r)) return fail(r, "park", m->name);
  *special = (struct special){*at, size};
  *at += size;
  return 0;
}

static int place(const struct mapping *m, uint64_t *parking) {
  if (!strcmp(m->name, "[vvar]")) return park(m, &own_memory.vvar, parking);
  if (!strcmp(m->name, "[vvar_vclock]")) return park(m, &own_memory.vvar_vclock, parking);
  if (!strcmp(m->name, "[vdso]")) return park(m, &own_memory.vdso, parking);
  if (m->start >= RESTORER_BASE && m->end <= RESTORER_END) return m->file ? make_anonymous(m) : 0;
  if (m->start > 0x7fffffffffffull) return 0; /* vsyscall */
  long r = sys_unmap(m->start, m->end - m->start);
  return r < 0 ? fail_at(r, "unmap", m->start) : 0;
}

int move_home(void) {
  static char maps[16384];
  long fd = sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open", "/proc/self/maps");
  size_t size = 0;
  for (long n; (n = sys_read(fd, maps + size, sizeof maps - 1 - size)) > 0;) size += (size_t)n;
  sys_close(fd);
  maps[size] = 0;
  uint64_t parking = PARKING_AT;
  for (char *at = maps; *at;) {
    struct mapping m;
    at = read_mapping(at, &m);
    if (place(&m, &parking) < 0) return -1;
  }
  return 0;
}

void show_as(const char *comm, const char *command_line) {
  static char words[512];
  struct line line = line_in(words, sizeof words);
  put(&line, command_line);
  struct prctl_mm_map map = {
      .start_code = RESTORER_BASE, .end_code = RESTORER_BASE + PAGE, .start_data = RESTORER_BASE, .end_data = RESTORER_BASE + PAGE,
      .start_brk = RESTORER_BASE + MEBIBYTE, .brk = RESTORER_BASE + MEBIBYTE, .start_stack = STACK_AT,
      .arg_start = (uint64_t)words, .arg_end = (uint64_t)line.at + 1, .env_start = (uint64_t)words, .env_end = (uint64_t)words,
      .exe_fd = (uint32_t)-1};
  /* Cosmetic: ps shows a bracketed name without it. */
  regardless(sys5(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0));
  regardless(sys2(SYS_prctl, PR_SET_NAME, comm));
}
