/* The environment: getenv, programs that are started, and /proc tell one and the same AID, which in a clone is the clone's. */
#include "process.h"

extern char **environ;

int main(void) {
  begin();
  must(setenv("STATE_OWN", "set before", 1));
  must(unsetenv("STATE_GONE"));
  await_go();
  const char *aid = getenv("APPSHOT_AID");
  say("aid=%s\n", aid == NULL ? "" : aid);
  expect_text("a variable set before", "set before", getenv("STATE_OWN"));
  expect("a variable that isn't there", 0, (intptr_t)getenv("STATE_GONE"));
  FILE *output = must_have(popen("echo \"$APPSHOT_AID/$STATE_OWN\"", "re"));
  char expected[128], line[128] = "";
  snprintf(expected, sizeof expected, "%s/set before\n", aid == NULL ? "" : aid);
  expect_text("what a command sees", expected, fgets(line, sizeof line, output));
  expect("how it ended", 0, pclose(output));
  int found = 0;
  for (char **entry = environ; *entry != NULL; entry++)
    if (aid != NULL && strncmp(*entry, "APPSHOT_AID=", 12) == 0) {
      expect_text("the AID in environ", aid, *entry + 12);
      found++;
    }
  expect("AIDs in environ", aid != NULL, found);
  must(setenv("STATE_OWN", "a longer value, set afterwards", 1));
  expect_text("a variable set afterwards", "a longer value, set afterwards", getenv("STATE_OWN"));
  done();
}
