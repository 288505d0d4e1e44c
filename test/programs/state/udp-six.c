/* UDP by IPv6: a fixed port that every instance has for itself, with datagrams that wait, one of them empty. */
#include "file.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  begin();
  struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = htons((uint16_t)(20000 + getpid() % 10000))}, from;
  int server = (int)must(socket(AF_INET6, SOCK_DGRAM, 0)), client = (int)must(socket(AF_INET6, SOCK_DGRAM, 0));
  must(bind(server, (struct sockaddr *)&own, sizeof own));
  must(connect(client, (struct sockaddr *)&own, sizeof own));
  put(client, "first");
  must(send(client, "", 0, 0));
  put(client, "third");
  await_go();
  char text[32] = "";
  socklen_t size = sizeof from;
  must(recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&from, &size));
  expect_text("the first", "first", text);
  expect("the second", 0, must(recv(server, text, sizeof text, 0)));
  expect_text("the third", "third", next_text(server, 30));
  put(client, "since");
  size = sizeof from;
  memset(text, 0, sizeof text);
  must(recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&from, &size));
  expect_text("one sent since", "since", text);
  must(sendto(server, "back", 4, 0, (struct sockaddr *)&from, size));
  expect_text("an answer", "back", next_text(client, 30));
  size = sizeof from;
  must(getsockname(server, (struct sockaddr *)&from, &size));
  expect("its port", own.sin6_port, from.sin6_port);
  done();
}
