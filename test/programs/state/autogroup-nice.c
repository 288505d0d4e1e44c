/* What the processes of a session weigh together beside those of others: set by one of them, the same for all, and for no other session. */
#include "process.h"

static int weight(pid_t pid) {
  char path[64], text[64] = {0};
  int nice = -99;
  snprintf(path, sizeof path, "/proc/%d/autogroup", (int)pid);
  int fd = (int)must(open(path, O_RDONLY));
  must(read(fd, text, sizeof text - 1));
  close(fd);
  sscanf(text, "/autogroup-%*d nice %d", &nice);
  return nice;
}

/* A session of two, weighed by the second. */
static pid_t session(struct channel up, struct channel gate, const char *wanted) {
  pid_t leader = (pid_t)must(fork());
  if (leader != 0) return leader;
  must(setsid());
  if (must(fork()) == 0 && wanted) {
    int fd = (int)must(open("/proc/self/autogroup", O_WRONLY));
    must(write(fd, wanted, strlen(wanted)));
    close(fd);
  }
  tell(up, 'x');
  hear(gate);
  expect("what its session weighs", wanted ? atoi(wanted) : 0, weight(getpid()));
  exit(0);
}

int main(void) {
  begin();
  struct channel up = channel(), gate = channel();
  int own = weight(getpid());
  pid_t light = session(up, gate, "7"), plain = session(up, gate, NULL);
  for (int i = 0; i < 4; i++) hear(up);
  expect("what the light one weighs", 7, weight(light));
  await_go();
  expect("what its own session weighs", own, weight(getpid()));
  expect("what the light one weighs", 7, weight(light));
  expect("what the plain one weighs", 0, weight(plain));
  for (int i = 0; i < 4; i++) tell(gate, 'x');
  expect("how the first ended", 0, reap(light));
  expect("how the second ended", 0, reap(plain));
  done();
}
