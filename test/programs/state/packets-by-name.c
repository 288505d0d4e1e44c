/* A listener for packets with a path: connections with packets that wait, of other sizes, and new ones. */
#include "file.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  begin();
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof name.sun_path, "%s", own_path("socket"));
  int listener = (int)must(socket(AF_UNIX, SOCK_SEQPACKET, 0)), client = (int)must(socket(AF_UNIX, SOCK_SEQPACKET, 0));
  must(bind(listener, (struct sockaddr *)&name, sizeof name));
  must(listen(listener, 4));
  must(connect(client, (struct sockaddr *)&name, sizeof name));
  int server = (int)must(accept(listener, NULL, NULL));
  static char big[20000], got[30000];
  memset(big, 'b', sizeof big);
  put(client, "small");
  must(send(client, big, sizeof big, 0));
  put(client, "last");
  await_go();
  expect_text("the first packet", "small", next_text(server, 1000));
  expect("size of the second", sizeof big, must(recv(server, got, sizeof got, 0)));
  expect("what it has", 0, memcmp(big, got, sizeof big));
  expect_text("the third", "last", next_text(server, 1000));
  int another = (int)must(socket(AF_UNIX, SOCK_SEQPACKET, 0));
  must(connect(another, (struct sockaddr *)&name, sizeof name));
  put(another, "new");
  expect_text("what a new one sent", "new", next_text((int)must(accept(listener, NULL, NULL)), 100));
  must(unlink(name.sun_path));
  done();
}
