/* Which variables the program has set or removed itself: those are its own, whatever its clone is given. Names are kept as
 * hashes in a set that only grows; when it is full, or after clearenv, every variable counts as the program's own. */
#include "preload/environment.h"
#include "preload/next.h"

#define NAMES 256
static _Atomic uint32_t names[NAMES];
static _Atomic bool all;

static uint32_t hash_name(const char *name) {
  uint32_t hash = 2166136261u;
  for (; *name != '\0' && *name != '='; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
  return hash != 0 ? hash : 1;
}

static void remember(const char *name) {
  uint32_t hash = hash_name(name);
  for (uint32_t i = 0; i < NAMES; i++) {
    uint32_t seen = 0;
    _Atomic uint32_t *place = &names[(hash + i) % NAMES];
    if (atomic_compare_exchange_strong(place, &seen, hash) || seen == hash) return;
  }
  atomic_store(&all, true);
}

bool environment_changed(const char *name) {
  if (atomic_load(&all)) return true;
  uint32_t hash = hash_name(name);
  for (uint32_t i = 0; i < NAMES; i++) {
    uint32_t seen = atomic_load(&names[(hash + i) % NAMES]);
    if (seen == hash) return true;
    if (seen == 0) return false;
  }
  return false;
}

/* setenv with overwrite 0 changes nothing when the variable is there; what it then finds may be the clone's. */
EXPORT int setenv(const char *name, const char *value, int overwrite) {
  extern char *getenv(const char *);
  if (name != NULL && !overwrite && getenv(name) != NULL) return NEXT(setenv)(name, value, overwrite);
  if (name != NULL) remember(name);
  return NEXT(setenv)(name, value, overwrite);
}

EXPORT int unsetenv(const char *name) {
  if (name != NULL) remember(name);
  return NEXT(unsetenv)(name);
}

EXPORT int putenv(char *entry) {
  if (entry != NULL) remember(entry);
  return NEXT(putenv)(entry);
}

EXPORT int clearenv(void) {
  atomic_store(&all, true);
  return NEXT(clearenv)();
}
