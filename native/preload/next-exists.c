/* Looks a name up in the hash tables of all libraries, as the loader does, but asks nobody for memory and takes no lock. */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <string.h>
#include "preload/next.h"

extern const ElfW(Dyn) own_dynamic[] __asm__("_DYNAMIC") __attribute__((visibility("hidden")));

struct symbols {
  const ElfW(Sym) *all;
  const char *names;
  const uint32_t *hash; /* DT_GNU_HASH */
};

/* The vDSO's are not moved to where it lies. */
static const void *at(const struct link_map *map, ElfW(Addr) address) {
  return (const void *)(address < map->l_addr ? map->l_addr + address : address);
}

static struct symbols symbols_of(const struct link_map *map) {
  struct symbols found = {0};
  for (const ElfW(Dyn) *entry = map->l_ld; entry != NULL && entry->d_tag != DT_NULL; entry++) {
    if (entry->d_tag == DT_SYMTAB) found.all = at(map, entry->d_un.d_ptr);
    else if (entry->d_tag == DT_STRTAB) found.names = at(map, entry->d_un.d_ptr);
    else if (entry->d_tag == DT_GNU_HASH) found.hash = at(map, entry->d_un.d_ptr);
  }
  return found;
}

static uint32_t gnu_hash(const char *name) {
  uint32_t hash = 5381;
  for (; *name; name++) hash = hash * 33 + (unsigned char)*name;
  return hash;
}

static bool defines(const struct symbols *symbols, const char *name, uint32_t hash) {
  uint32_t buckets = symbols->hash[0], first = symbols->hash[1], blooms = symbols->hash[2];
  const uint32_t *bucket = symbols->hash + 4 + blooms * (sizeof(ElfW(Addr)) / sizeof(uint32_t)), *chain = bucket + buckets;
  uint32_t at = buckets ? bucket[hash % buckets] : 0;
  if (at < first) return false;
  for (;; at++) {
    uint32_t one = chain[at - first];
    const ElfW(Sym) *symbol = &symbols->all[at];
    if ((one | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF && strcmp(symbols->names + symbol->st_name, name) == 0) return true;
    if (one & 1) return false;
  }
}

bool next_exists(const char *name) {
  uint32_t hash = gnu_hash(name);
  for (const struct link_map *map = _r_debug.r_map; map != NULL; map = map->l_next) {
    if (map->l_ld == own_dynamic) continue;
    struct symbols symbols = symbols_of(map);
    if (symbols.all && symbols.names && symbols.hash && defines(&symbols, name, hash)) return true;
  }
  return false;
}
