/* UDP sockets, bound and connected, with datagrams that wait. */
#include "file.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  begin();
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from, now;
  socklen_t length = sizeof own;
  int server = (int)must(socket(AF_INET, SOCK_DGRAM, 0)), client = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  must(bind(server, (struct sockaddr *)&own, sizeof own));
  must(getsockname(server, (struct sockaddr *)&own, &length));
  must(connect(client, (struct sockaddr *)&own, sizeof own));
  put(client, "first");
  put(client, "second");
  await_go();
  expect_text("the first datagram", "first", next_text(server, 100));
  expect_text("the second datagram", "second", next_text(server, 100));
  length = sizeof now;
  must(getsockname(server, (struct sockaddr *)&now, &length));
  expect("the server's port", own.sin_port, now.sin_port);
  put(client, "third");
  char text[16] = "";
  length = sizeof from;
  expect("length of the third", 5, must(recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&from, &length)));
  must(sendto(server, "answer", 6, 0, (struct sockaddr *)&from, length));
  expect("ready descriptors", 1, must(poll(&(struct pollfd){client, POLLIN, 0}, 1, 20000)));
  expect_text("the answer", "answer", next_text(client, 100));
  done();
}
