/* What belongs to a process and is easily forgotten: umask, nice, limits, names, personality, dumpable, no_new_privs, death signal. */
#include "process.h"
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const char *text_of(const char *path) {
  static char text[512];
  int fd = (int)must(open(path, O_RDONLY | O_CLOEXEC));
  text[must(read(fd, text, sizeof text - 1))] = 0;
  close(fd);
  return text;
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  umask(0137);
  must(setpriority(PRIO_PROCESS, 0, 7));
  must(setrlimit(RLIMIT_NOFILE, &(struct rlimit){321, 4321}));
  must(setrlimit(RLIMIT_STACK, &(struct rlimit){7 << 20, RLIM_INFINITY}));
  must(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
  must(prctl(PR_SET_NAME, "other name"));
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  must(prctl(PR_SET_PDEATHSIG, SIGHUP));
  must(prctl(PR_SET_CHILD_SUBREAPER, 1));
  must(prctl(PR_SET_TIMERSLACK, 123456));
  must(personality(PER_LINUX | ADDR_NO_RANDOMIZE));
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(0, &only);
  must(sched_setaffinity(0, sizeof only, &only));
  char command[512], name[16];
  snprintf(command, sizeof command, "%s", text_of("/proc/self/cmdline"));
  expect_text("argv as /proc tells it at first", argv[0], command);
  await_go();
  struct rlimit limit;
  cpu_set_t set;
  int number = 0;
  expect("umask", 0137, umask(022));
  expect("nice", 7, getpriority(PRIO_PROCESS, 0));
  must(getrlimit(RLIMIT_NOFILE, &limit));
  expect("soft limit of descriptors", 321, limit.rlim_cur);
  expect("hard limit of descriptors", 4321, limit.rlim_max);
  must(getrlimit(RLIMIT_STACK, &limit));
  expect("soft limit of the stack", 7 << 20, limit.rlim_cur);
  must(getrlimit(RLIMIT_CORE, &limit));
  expect("hard limit of core files", 0, limit.rlim_max);
  must(prctl(PR_GET_NAME, name));
  expect_text("its name", "other name", name);
  expect("no_new_privs", 1, must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  must(prctl(PR_GET_PDEATHSIG, &number));
  expect("the death signal", SIGHUP, number);
  must(prctl(PR_GET_CHILD_SUBREAPER, &number));
  expect("whether it reaps for its descendants", 1, number);
  expect("timer slack", 123456, must(prctl(PR_GET_TIMERSLACK)));
  expect("personality", PER_LINUX | ADDR_NO_RANDOMIZE, must(personality(0xffffffff)));
  expect("whether it is dumpable", 1, must(prctl(PR_GET_DUMPABLE)));
  must(sched_getaffinity(0, sizeof set, &set));
  expect("processors that it may use", 1, CPU_COUNT(&set));
  expect_text("argv as /proc tells it", command, text_of("/proc/self/cmdline"));
  done();
}
