/* UDP sockets whose port the kernel chose, by the first datagram or when it was asked to: they go on sending out of the machine, and who has
 * their number here goes on reaching them. */
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

int main(void) {
  begin();
  int fds[SOCKETS], sender = (int)must(socket(AF_INET, SOCK_DGRAM, 0));
  struct sockaddr_in any = {.sin_family = AF_INET}, here[SOCKETS];
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
  }
  done();
}
