/* Under the preload mechanism the host's processes stand in /proc beside the instance's: one that holds a system port is a stranger all the same, and the
 * program gets another port; one of the instance's holds it as the kernel would say. */
#include "preload-sockets.h"
#include <sys/prctl.h>

#define VARIABLE "PRELOAD_TEST_STRANGER"

/* Before the instance begins: nobody in it knows this process. It takes the port that it is told, and answers. */
static void stranger(int told, int answers) {
  uint16_t port;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (read(told, &port, sizeof port) != sizeof port) _exit(0);
  int fd = new_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind_to(fd, "127.0.0.1", port) == 0 && listen(fd, 1) == 0 && write(answers, "x", 1) == 1);
  _exit(read(told, &port, 1) == 0 ? 0 : 1);
}

static void prime(struct table *table) {
  int there[2], back[2];
  char text[40];
  CHECK(pipe(there) == 0 && pipe(back) == 0);
  if (fork() == 0) {
    close(there[1]);
    close(back[0]);
    stranger(there[0], back[1]);
  }
  close(there[0]);
  close(back[1]);
  snprintf(text, sizeof text, "%d %d", there[1], back[0]);
  setenv(VARIABLE, text, 1);
  table->mode = TABLE_MODE_PRELOAD;
  table->id_base = 1u << 22;
}

static int listener(uint16_t port) {
  int fd = new_socket(AF_INET, SOCK_STREAM, 0);
  if (bind_to(fd, "127.0.0.1", port) == 0) return listen(fd, 1) == 0 ? fd : -1;
  CHECK(errno == EADDRINUSE);
  close(fd);
  return -1;
}

int main(int count, char **arguments) {
  start_inside(count, arguments, prime);
  CHECK((uint32_t)getpid() >= 1u << 22);
  int tell, hear, status, fd = listener(700);
  uint16_t before = (uint16_t)kernel_port(fd);
  char byte;
  CHECK(sscanf(getenv(VARIABLE), "%d %d", &tell, &hear) == 2);
  pid_t child = fork();
  if (child == 0) {
    close(fd);
    _exit(listener(700) == -1 ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  close(fd);
  CHECK(write(tell, &before, sizeof before) == sizeof before && read(hear, &byte, 1) == 1);
  fd = listener(700);
  CHECK(fd >= 0 && kernel_port(fd) != before && same(own_name(fd), "127.0.0.1 700"));
  close(tell);
  return 0;
}
