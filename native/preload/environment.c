/* The environment variables that the harness primes. A clone gets them anew, so their strings are moved into the arena, where
 * the restorer can write; a program that has set one itself no longer points there, and keeps its own. */
#include "preload/environment.h"
#include <string.h>
#include <unistd.h>

static bool in_slot(const char *text) {
  return (uintptr_t)text - (uintptr_t)inside.arena->env < sizeof inside.arena->env;
}

/* Length of NAME when `entry` is "NAME=..." and has the same name as `wanted` ("NAME" or "NAME=..."), else 0. */
static size_t same_name(const char *entry, const char *wanted) {
  size_t i = 0;
  while (entry[i] != '\0' && entry[i] != '=' && entry[i] == wanted[i]) i++;
  return entry[i] == '=' && (wanted[i] == '\0' || wanted[i] == '=') ? i : 0;
}

static bool same_text(const char *one, const char *other) {
  while (*one != '\0' && *one == *other) one++, other++;
  return *one == *other;
}

static char *copy_to_slot(const char *entry) {
  struct arena *arena = inside.arena;
  if (arena->env_count == ARENA_ENV_SLOTS) return NULL;
  char *slot = arena->env[arena->env_count];
  for (size_t i = 0;; i++) {
    if (i == ARENA_ENV_SIZE) return NULL;
    slot[i] = entry[i];
    if (entry[i] == '\0') break;
  }
  arena->env_count++;
  return slot;
}

static void move_to_slot(char **environment, const char *entry) {
  for (; *environment != NULL; environment++) {
    if (!same_text(*environment, entry)) continue;
    char *slot = copy_to_slot(entry);
    if (slot != NULL) *environment = slot;
    return;
  }
}

/* Programs that write a title over their arguments and environment reckon that it reaches to the end of what `environ` names last: that must
 * not be a slot, which lies far from them. Which variable stands where means nothing to anybody. */
static void keep_last_in_place(char **environment) {
  char **own = NULL, **last = NULL;
  for (; *environment != NULL; environment++) {
    last = environment;
    if (!in_slot(*environment)) own = environment;
  }
  if (own == NULL || own == last) return;
  char *slot = *last;
  *last = *own;
  *own = slot;
}

static uint32_t table_entries(const struct table *table) {
  return table->env_count < TABLE_ENV ? table->env_count : TABLE_ENV;
}

void environment_start(char **environment) {
  const struct table *table = (const struct table *)inside.arena->table;
  if (environment == NULL) return;
  for (uint32_t i = 0; i < table_entries(table); i++) move_to_slot(environment, table->env[i]);
  keep_last_in_place(environment);
}

char *variable_in(char **environment, const char *name) {
  if (environment == NULL || *name == '\0') return NULL;
  for (char **entry = environment; *entry != NULL; entry++) {
    size_t length = same_name(*entry, name);
    if (length > 0 && name[length] == '\0') return *entry + length + 1;
  }
  return NULL;
}

char *variable_given(const char *name) {
  struct table *table = inside_table();
  for (uint32_t i = 0; table != NULL && i < table_entries(table); i++) {
    size_t length = same_name(table->env[i], name);
    if (length > 0 && name[length] == '\0') return table->env[i] + length + 1;
  }
  return NULL;
}

const char *setting(char **environment, const char *name) {
  const char *own = variable_in(environment, name);
  return own != NULL ? own : variable_given(name);
}

/* What the program set itself comes first, then what the clone was given, then what it was started with. A program that was
 * exec'd in a clone was handed its environment by somebody who knew: there the table only adds. */
EXPORT char *getenv(const char *name) {
  char *found = variable_in(environ, name);
  if (!inside_ready() || inside.arena->generation == 0) return found;
  if (found != NULL && (in_slot(found) || inside.arena->generation == inside.born)) return found;
  if (environment_changed(name)) return found;
  char *given = variable_given(name);
  return given != NULL ? given : found;
}

EXPORT char *secure_getenv(const char *name) {
  return inside_ready() && inside.secure ? NULL : getenv(name);
}
