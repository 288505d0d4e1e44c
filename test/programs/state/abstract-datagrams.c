/* Datagram sockets with abstract names, one of them as long as names can be: who sent what waits is known, and answers reach it. */
#include "file.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t head = offsetof(struct sockaddr_un, sun_path);

int main(void) {
  begin();
  struct sockaddr_un server = {.sun_family = AF_UNIX}, client = {.sun_family = AF_UNIX}, from;
  snprintf(server.sun_path + 1, sizeof server.sun_path - 1, "%s", own_path("server") + 5); /* the zeros behind it belong to the name */
  snprintf(client.sun_path + 1, sizeof client.sun_path - 1, "%s", own_path("client") + 5);
  socklen_t size = sizeof from, client_size = head + 1 + (socklen_t)strlen(client.sun_path + 1);
  int receiver = (int)must(socket(AF_UNIX, SOCK_DGRAM, 0)), sender = (int)must(socket(AF_UNIX, SOCK_DGRAM, 0));
  must(bind(receiver, (struct sockaddr *)&server, sizeof server));
  must(bind(sender, (struct sockaddr *)&client, client_size));
  must(connect(sender, (struct sockaddr *)&server, sizeof server));
  put(sender, "sent before");
  await_go();
  char text[32] = "";
  must(recvfrom(receiver, text, sizeof text - 1, 0, (struct sockaddr *)&from, &size));
  expect_text("what was sent before", "sent before", text);
  expect("length of its sender's name", client_size, size);
  expect("its sender", 0, memcmp(&client, &from, size));
  must(sendto(receiver, "answer", 6, 0, (struct sockaddr *)&from, size));
  expect_text("the answer", "answer", next_text(sender, 30));
  size = sizeof from;
  must(getsockname(receiver, (struct sockaddr *)&from, &size));
  expect("length of the long name", sizeof server, size);
  expect("the long name", 0, memcmp(&server, &from, size));
  size = sizeof from;
  must(getpeername(sender, (struct sockaddr *)&from, &size));
  expect("length of the peer's name", sizeof server, size);
  int other = (int)must(socket(AF_UNIX, SOCK_DGRAM, 0));
  must(sendto(other, "from a new one", 14, 0, (struct sockaddr *)&server, sizeof server));
  expect_text("what a new one sent", "from a new one", next_text(receiver, 30));
  struct iovec part = {"by message", 10};
  struct msghdr message = {.msg_name = &client, .msg_namelen = client_size, .msg_iov = &part, .msg_iovlen = 1};
  must(sendmsg(receiver, &message, 0));
  expect_text("what came by sendmsg", "by message", next_text(sender, 30));
  done();
}
