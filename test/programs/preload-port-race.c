/* Many processes bind the same port at the same moment, round after round: one entry a port, and one owner. */
#include "preload-sockets.h"
#include <sys/prctl.h>

#define RACERS 16
#define ROUNDS 40

static int race(uint16_t port, int start, int tried, int end) {
  char byte;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (read(start, &byte, 1) != 0) return 2;
  int fd = new_socket(AF_INET, SOCK_STREAM, 0);
  int won = bind_to(fd, "127.0.0.1", port) == 0 && listen(fd, 1) == 0;
  if (!won && errno != EADDRINUSE) return 3;
  if (won && strcmp(own_name(fd), "127.0.0.1 0") == 0) return 4;
  if (write(tried, "x", 1) != 1) return 6;
  if (read(end, &byte, 1) != 0) return 5; /* keep it until all have tried */
  return won;
}

int main(int count, char **arguments) {
  struct table *table = start_inside(count, arguments, NULL);
  for (int round = 0; round < ROUNDS; round++) {
    int start[2], tried[2], end[2], won = 0;
    CHECK(pipe(start) == 0 && pipe(tried) == 0 && pipe(end) == 0);
    pid_t racers[RACERS];
    for (int i = 0; i < RACERS; i++) {
      racers[i] = fork();
      if (racers[i] != 0) continue;
      close(start[1]);
      close(end[1]);
      _exit(race((uint16_t)(100 + round), start[0], tried[1], end[0]));
    }
    close(start[1]);
    char byte;
    for (int i = 0; i < RACERS; i++) CHECK(read(tried[0], &byte, 1) == 1);
    close(end[1]);
    for (int i = 0; i < RACERS; i++) {
      int status;
      CHECK(waitpid(racers[i], &status, 0) == racers[i] && WIFEXITED(status) && WEXITSTATUS(status) <= 1);
      won += WEXITSTATUS(status);
    }
    close(start[0]);
    close(tried[0]);
    close(tried[1]);
    close(end[0]);
    CHECK(won == 1);
    int entries = 0;
    for (int i = 0; i < TABLE_PORTS; i++) entries += table->ports[i].state == ENTRY_USED && table->ports[i].virtual_port == 100 + round;
    CHECK(entries == 1);
  }
  return 0;
}
