/* Makes the calling process look like a clone: memory mapped from an image, its ranges in the arena, the filter installed. */
#ifndef PRELOAD_CLONE_H
#define PRELOAD_CLONE_H
#include "preload-harness.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#define PAGE 4096ul

static int image_file = -1;

/* The device and inode of the mapping at `at`, as a restorer tells them. */
static inline struct arena_image image_at(const void *at) {
  char line[512];
  unsigned long start, end;
  unsigned major, minor;
  struct arena_image found = {0, 0};
  FILE *maps = fopen("/proc/self/maps", "re");
  CHECK(maps != NULL);
  while (found.inode == 0 && fgets(line, sizeof line, maps) != NULL)
    if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &start, &end, &major, &minor, &found.inode) != 5 || start != (uintptr_t)at)
      found.inode = 0;
  fclose(maps);
  CHECK(found.inode != 0);
  found.device = (uint64_t)major << 32 | minor;
  return found;
}

/* Replaces [at, at + length) by a private mapping of a file that holds the same bytes. */
static inline void become_image(void *at, size_t length, int prot) {
  if (image_file < 0) image_file = memfd_create("image", MFD_CLOEXEC);
  off_t offset = lseek(image_file, 0, SEEK_END);
  CHECK(offset >= 0);
  for (size_t done = 0; done < length;) {
    ssize_t got = write(image_file, (char *)at + done, length - done);
    CHECK(got > 0);
    done += (size_t)got;
  }
  CHECK(mmap(at, length, prot, MAP_PRIVATE | MAP_FIXED, image_file, offset) == at);
  if (arena->image_count == 0) arena->images[arena->image_count++] = image_at(at);
  uint32_t i = arena->range_count;
  for (; i > 0 && arena->ranges[i - 1].start > (uintptr_t)at; i--) arena->ranges[i] = arena->ranges[i - 1];
  arena->ranges[i] = (struct arena_range){(uintptr_t)at, (uintptr_t)at + length};
  arena->range_count++;
}

static inline void *image_of(int byte, size_t length) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(at != MAP_FAILED);
  memset(at, byte, length);
  become_image(at, length, PROT_READ | PROT_WRITE);
  return at;
}

#define WORD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define HIGH(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field) + 4)
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)

/* Stricter than a restorer's: traps every such call, wherever it points. */
static inline void install_filter(void) {
  struct { void *handler; unsigned long flags; uint64_t restorer, mask; } action = {
      (void *)arena->sigsys_handler, SA_SIGINFO | 0x04000000 | SA_ONSTACK | SA_NODEFER, arena->sigsys_restorer, 0};
  CHECK(syscall(SYS_rt_sigaction, SIGSYS, &action, NULL, 8) == 0);
  struct sock_filter code[] = {
      WORD(nr), IS(SYS_mremap, 5, 0), IS(SYS_madvise, 0, 8),
      WORD(args[2]), IS(MADV_DONTNEED, 2, 0), IS(MADV_FREE, 1, 0), IS(MADV_WIPEONFORK, 0, 4),
      WORD(instruction_pointer), IS(arena->raw_syscall, 0, 3),
      HIGH(instruction_pointer), IS(arena->raw_syscall >> 32, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)};
  /* the two `no` ways of the last comparisons reach TRAP, the others ALLOW */
  code[6].jf = 4;
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0);
}

static inline int all_are(const void *at, int byte, size_t length) {
  const unsigned char *bytes = at;
  for (size_t i = 0; i < length; i++)
    if (bytes[i] != byte) return 0;
  return 1;
}
#endif
