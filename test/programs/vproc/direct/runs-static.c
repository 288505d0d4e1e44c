/* Runs another program, which is this one linked statically: that has no library to send its calls to. */
#include "../check.h"
#include "direct.h"

int main(void) {
  const char *next = getenv("STATIC");
  if (next == NULL) {
    CHECK(direct0(SYS_getpid) == getpid());
    puts("static");
    return 0;
  }
  pid_t child = fork();
  if (child == 0) {
    unsetenv("STATIC");
    execl(next, next, NULL);
    _exit(1);
  }
  expect_success(child);
  CHECK(direct0(SYS_getpid) == getpid());
  return done();
}
