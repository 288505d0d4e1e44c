/* A name that the program has given its host, in the instance's own namespace: outside of one it makes itself one, for the machine is to keep its name. */
#include "check.h"
#include <sched.h>
#include <sys/utsname.h>

static bool is_the_machines(void) {
  char link[64] = "";
  must(readlink("/proc/self/ns/uts", link, sizeof link - 1));
  return getenv("APPSHOT_AID") == NULL || strcmp(link, "uts:[4026531838]") == 0;
}

static void expect_names(void) {
  struct utsname names;
  must(uname(&names));
  expect_text("the name of the host", "of-an-appshot-test", names.nodename);
  expect_text("that of its domain", "appshot.test", names.domainname);
}

int main(void) {
  begin();
  if (is_the_machines()) must(unshare(CLONE_NEWUTS));
  must(sethostname("of-an-appshot-test", strlen("of-an-appshot-test")));
  must(setdomainname("appshot.test", strlen("appshot.test")));
  expect_names();
  await_go();
  expect_names();
  done();
}
