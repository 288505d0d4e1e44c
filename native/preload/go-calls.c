/* A Go program makes its system calls by one instruction, but for those of its runtime, whose numbers are fixed. Where ids need no translation, sending
 * every call here (dispatch.c) would cost two microseconds each for the sake of a few sockets: so that instruction is replaced before the program
 * begins, by a call of what tells sockets' from others' by a comparison. Of nats-server 2.9, Caddy 2.6 and others: seven such places have a fixed number, one hasn't. */
#include "preload/dispatch.h"
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

/* `syscall; cmp $-4095, %rax`, and `call *CELL; nop`: as long. Addresses below 2 GiB are reached so from everywhere. */
static const uint8_t made[8] = {0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff};
#define CELL 0x1f000ul
static const uint8_t replaced[8] = {0xff, 0x14, 0x25, CELL & 0xff, CELL >> 8 & 0xff, CELL >> 16 & 0xff, CELL >> 24 & 0xff, 0x90};

#define STACK_SIZE 0x10000ul /* go-calls.S */
#define STACKS 256
extern const char go_call_here[];
extern char *go_stacks, *go_stacks_end;
char *go_stacks, *go_stacks_end;

long go_call(const struct taken *taken);
long go_call(const struct taken *taken) {
  int kept = errno;
  errno = 0;
  long result = socket_call(taken);
  errno = kept;
  return result;
}

/* `mov $number, %eax` or `%rax` stands before it. */
static bool number_is_fixed(const uint8_t *at, const uint8_t *start) {
  return (at - start >= 5 && at[-5] == 0xb8) || (at - start >= 7 && memcmp(at - 7, "\x48\xc7\xc0", 3) == 0);
}

struct places { uint8_t *found[8]; int count; };

static void look_through(struct places *places, uint8_t *start, size_t length) {
  for (uint8_t *at = start; (at = memmem(at, length - (size_t)(at - start), made, sizeof made)) != NULL; at += sizeof made)
    if (!number_is_fixed(at, start) && places->count++ < 8) places->found[places->count - 1] = at;
}

static int look_at_program(struct dl_phdr_info *program, size_t size, void *found) {
  (void)size;
  for (int i = 0; i < program->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &program->dlpi_phdr[i];
    if (part->p_type == PT_LOAD && (part->p_flags & (PF_X | PF_R)) == (PF_X | PF_R))
      look_through(found, (uint8_t *)(program->dlpi_addr + part->p_vaddr), part->p_filesz);
  }
  return 1;
}

static void *map(void *at, size_t length, int flags) {
  void *mapping = raw_mmap(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1);
  return raw_failed(mapping) ? NULL : mapping;
}

static bool replace(uint8_t *at) {
  uint8_t *page = (uint8_t *)((uintptr_t)at & ~(PAGE - 1));
  size_t length = (size_t)(at + sizeof replaced - page) > PAGE ? 2 * PAGE : PAGE;
  if (raw3(SYS_mprotect, page, length, PROT_READ | PROT_WRITE | PROT_EXEC) < 0) return false;
  memcpy(at, replaced, sizeof replaced);
  raw3(SYS_mprotect, page, length, PROT_READ | PROT_EXEC);
  return true;
}

bool go_calls_replaced(void) {
  struct places places = {.count = 0};
  dl_iterate_phdr(look_at_program, &places);
  if (places.count == 0 || places.count > 8) return false; /* not as Go's runtime is known to be */
  const void **cell = map((void *)CELL, PAGE, MAP_FIXED_NOREPLACE);
  if (cell == NULL) return false;
  go_stacks = map(NULL, STACKS * STACK_SIZE, MAP_STACK);
  if (go_stacks == NULL || (uintptr_t)cell != CELL) return false;
  go_stacks_end = go_stacks + STACKS * STACK_SIZE;
  *cell = go_call_here;
  for (int i = 0; i < places.count; i++)
    if (!replace(places.found[i])) return i > 0; /* what is replaced is right as it is */
  return true;
}
