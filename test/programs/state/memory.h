/* Patterns that tell every page from every other, and what the kernel says about a mapping. */
#pragma once
#include "check.h"
#include <sys/mman.h>

#define PAGE 4096ul
#define MIB (1ul << 20)

UNUSED static uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}
UNUSED static void fill(void *at, size_t length, uint64_t seed) {
  uint64_t *words = at;
  for (size_t i = 0; i < length / 8; i++) words[i] = mixed(seed + i);
}
/* Offset of the first byte that isn't as filled, or -1. */
UNUSED static long long unlike(const void *at, size_t length, uint64_t seed) {
  SEEN(at);
  const uint64_t *words = at;
  for (size_t i = 0; i < length / 8; i++)
    if (words[i] != mixed(seed + i)) return (long long)i * 8;
  return -1;
}
UNUSED static long long not_zero(const void *at, size_t length) {
  SEEN(at);
  const uint64_t *words = at;
  for (size_t i = 0; i < length / 8; i++)
    if (words[i] != 0) return (long long)i * 8;
  return -1;
}
#define expect_filled(what, at, length, seed) expect("first wrong offset in " what, -1, unlike(at, length, seed))
#define expect_zeros(what, at, length) expect("first offset that isn't zero in " what, -1, not_zero(at, length))

UNUSED static void *private_memory(size_t length) {
  return must_have(mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* The protection column of /proc/self/maps at an address, "none" where nothing is mapped. */
UNUSED static const char *protection_at(const void *address) {
  static char column[8];
  FILE *maps = must_have(fopen("/proc/self/maps", "re"));
  char line[4400];
  strcpy(column, "none");
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, to;
    char flags[8];
    if (sscanf(line, "%lx-%lx %7s", &from, &to, flags) == 3 && from <= (unsigned long)address && (unsigned long)address < to)
      strcpy(column, flags);
  }
  fclose(maps);
  return column;
}
/* Whether the VmFlags of the mapping at an address hold a two-letter flag. */
UNUSED static bool has_vm_flag(const void *address, const char *flag) {
  FILE *maps = must_have(fopen("/proc/self/smaps", "re"));
  char line[4400];
  bool inside = false, found = false;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, to;
    if (sscanf(line, "%lx-%lx ", &from, &to) == 2) inside = from <= (unsigned long)address && (unsigned long)address < to;
    else if (inside && strncmp(line, "VmFlags:", 8) == 0)
      for (char *word = strtok(line + 8, " \n"); word != NULL; word = strtok(NULL, " \n")) found |= strcmp(word, flag) == 0;
  }
  fclose(maps);
  return found;
}
