/* Messages of no bytes: they have their place among others, and in a sequence of packets they are not its end. */
#include "file.h"
#include <sys/socket.h>

static void fill(int to) {
  static const char *const texts[] = {"", "one", "", "", "two", ""};
  for (int i = 0; i < 6; i++) expect("bytes sent", strlen(texts[i]), must(send(to, texts[i], strlen(texts[i]), 0)));
}

static void prove(int from) {
  static const char *const texts[] = {"", "one", "", "", "two", ""};
  for (int i = 0; i < 6; i++) {
    char bytes[16] = {0};
    expect("bytes received", strlen(texts[i]), must(recv(from, bytes, sizeof bytes, MSG_DONTWAIT)));
    expect_text("what was received", texts[i], bytes);
  }
}

int main(void) {
  begin();
  int datagrams[2], packets[2], closed[2];
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams));
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets));
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, closed));
  fill(datagrams[0]);
  fill(packets[0]);
  fill(closed[0]);
  must(close(closed[0]));
  await_go();
  prove(datagrams[1]);
  expect_errno(EAGAIN, recv(datagrams[1], &(char){0}, 1, MSG_DONTWAIT));
  prove(packets[1]);
  expect_errno(EAGAIN, recv(packets[1], &(char){0}, 1, MSG_DONTWAIT));
  prove(closed[1]);
  expect("what is left of the sequence", 0, must(recv(closed[1], &(char){0}, 1, MSG_DONTWAIT)));
  done();
}
