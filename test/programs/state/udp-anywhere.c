/* UDP sockets whose port the kernel chose, by the first datagram or when it was asked to: they go on sending out of the machine, and who has
 * their number here goes on reaching them, by which they name themselves too: asked, to who hears from them, and in the machine's list. */
#include "file.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { SOCKETS = 2, DISCARD = 9 };

static void send_out(int fd) {
  struct sockaddr_in outside = {.sin_family = AF_INET, .sin_port = htons(DISCARD)};
  must(inet_pton(AF_INET, "198.51.100.1", &outside.sin_addr)); /* for documents: nobody has it */
  must(sendto(fd, "out", 3, 0, (struct sockaddr *)&outside, sizeof outside));
}

static void names_itself(int fd, int hearer, const struct sockaddr_in *to, uint16_t port) {
  struct sockaddr_in own, from;
  socklen_t length = sizeof own, size = sizeof from;
  char text[4], line[256], wanted[32], inode[32];
  int listed = 0;
  struct stat about;
  must(getsockname(fd, (struct sockaddr *)&own, &length));
  expect("its own port", port, own.sin_port);
  expect("its own address", INADDR_ANY, own.sin_addr.s_addr);
  must(sendto(fd, "me", 2, 0, (const struct sockaddr *)to, sizeof *to));
  expect("length of its word", 2, must(recvfrom(hearer, text, sizeof text, 0, (struct sockaddr *)&from, &size)));
  expect("the port that it sends from", port, from.sin_port);
  snprintf(wanted, sizeof wanted, "00000000:%04X", ntohs(port));
  must(fstat(fd, &about));
  snprintf(inode, sizeof inode, " %lu ", (unsigned long)about.st_ino);
  for (int look = 0; look < 50 && !listed; look++) { /* the kernel may leave one out while others come and go */
    FILE *list = must_have(fopen("/proc/net/udp", "re"));
    while (fgets(line, sizeof line, list)) listed += strstr(line, wanted) && strstr(line, inode); /* others of that number are the host's */
    fclose(list);
  }
  expect("lines of the list with its port", 1, listed);
}

int main(void) {
  begin();
  int fds[SOCKETS], sender = (int)must(socket(AF_INET, SOCK_DGRAM, 0));
  struct sockaddr_in any = {.sin_family = AF_INET}, here[SOCKETS], at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int hearer = (int)must(socket(AF_INET, SOCK_DGRAM, 0));
  socklen_t room = sizeof at;
  must(bind(hearer, (struct sockaddr *)&at, sizeof at));
  must(getsockname(hearer, (struct sockaddr *)&at, &room));
  for (int i = 0; i < SOCKETS; i++) {
    socklen_t length = sizeof here[i];
    fds[i] = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    if (i > 0) must(bind(fds[i], (struct sockaddr *)&any, sizeof any));
    send_out(fds[i]);
    must(getsockname(fds[i], (struct sockaddr *)&here[i], &length));
    here[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  await_go();
  for (int i = 0; i < SOCKETS; i++) {
    send_out(fds[i]);
    must(sendto(sender, "in", 2, 0, (struct sockaddr *)&here[i], sizeof here[i]));
    expect("ready descriptors", 1, must(poll(&(struct pollfd){fds[i], POLLIN, 0}, 1, 20000)));
    expect_text("what has come", "in", next_text(fds[i], 100));
    names_itself(fds[i], hearer, &at, here[i].sin_port);
  }
  done();
}
