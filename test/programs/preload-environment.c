/* Primed variables stand in the arena, where a clone's restorer rewrites them; what the program sets itself wins. */
#include "preload-harness.h"
#include <dlfcn.h>

static void prime(struct table *table) {
  table->env_count = 3;
  strcpy(table->env[0], "APPSHOT_AID=one");
  strcpy(table->env[1], "DATA=/srv/one");
  strcpy(table->env[2], "OTHER=unlike");
  setenv("APPSHOT_AID", "one", 1);
  setenv("DATA", "/srv/one", 1);
  setenv("OTHER", "mine", 1);
  setenv("STARTED_WITH", "old", 1);
  unsetenv("DATA");
  setenv("DATA", "/srv/one", 1); /* the last of all */
}

static int is(const char *name, const char *wanted) {
  const char *value = getenv(name);
  return wanted == NULL ? value == NULL : value != NULL && strcmp(value, wanted) == 0;
}
static int in_arena(const char *text) { return text >= arena->env[0] && text < arena->env[ARENA_ENV_SLOTS]; }

/* Where programs that write a title over their environment take its end to be. */
static const char *last_entry(void) {
  char **entry = environ;
  while (entry[1] != NULL) entry++;
  return *entry;
}

int main(int count, char **arguments) {
  struct table *table = start_inside(count, arguments, prime);
  CHECK(arena->env_count == 2 && in_arena(getenv("APPSHOT_AID")) && in_arena(getenv("DATA")) && !in_arena(getenv("OTHER")));
  CHECK(is("APPSHOT_AID", "one") && is("OTHER", "mine") && is("NONE", NULL) && is("", NULL) && is("DAT", NULL));
  CHECK(strcmp(secure_getenv("DATA"), "/srv/one") == 0);
  CHECK(!in_arena(last_entry()));
  CHECK(setenv("SET_BEFORE", "own", 1) == 0);

  /* as a restorer would */
  table->env_count = 5;
  table->generation = arena->generation = 1;
  strcpy(table->env[0], "APPSHOT_AID=two");
  strcpy(arena->env[0], "APPSHOT_AID=two");
  strcpy(table->env[1], "ADDED=new");
  strcpy(table->env[3], "STARTED_WITH=given");
  strcpy(table->env[4], "SET_BEFORE=given");
  CHECK(is("APPSHOT_AID", "two") && is("ADDED", "new") && is("STARTED_WITH", "given") && is("SET_BEFORE", "own"));
  CHECK(setenv("APPSHOT_AID", "three", 1) == 0 && is("APPSHOT_AID", "three"));
  CHECK(setenv("ADDED", "kept", 0) == 0 && is("ADDED", "new"));
  CHECK(setenv("ADDED", "mine", 1) == 0 && is("ADDED", "mine"));
  CHECK(unsetenv("ADDED") == 0 && is("ADDED", NULL));
  static char entry[] = "STARTED_WITH=put";
  CHECK(putenv(entry) == 0 && is("STARTED_WITH", "put"));
  CHECK(unsetenv("DATA") == 0 && is("DATA", NULL));
  CHECK(clearenv() == 0 && is("APPSHOT_AID", NULL) && is("OTHER", NULL));
  return 0;
}
