/* Datagrams in unix sockets beyond what a queue takes from anybody: from the one whom the receiver is connected to, some of another before; and
 * large ones of many who have gone since. */
#include "file.h"
#include <sys/socket.h>
#include <sys/un.h>

enum { MANY = 60, LARGE = 9, LARGE_SIZE = 60000 };

static struct sockaddr_un address(const char *path) {
  struct sockaddr_un out = {.sun_family = AF_UNIX};
  snprintf(out.sun_path, sizeof out.sun_path, "%s", path);
  return out;
}
static int bound(const struct sockaddr_un *at) {
  int fd = (int)must(socket(AF_UNIX, SOCK_DGRAM, 0));
  must(bind(fd, (const void *)at, sizeof *at));
  return fd;
}
static void send_number(int fd, const struct sockaddr_un *to, int number) {
  expect("bytes sent", sizeof number, must(sendto(fd, &number, sizeof number, MSG_DONTWAIT, (const void *)to, sizeof *to)));
}
static void expect_number_from(int fd, int number, const char *path) {
  struct sockaddr_un from = {0};
  socklen_t size = sizeof from;
  int got = -1;
  expect("bytes of a datagram", sizeof got, must(recvfrom(fd, &got, sizeof got, MSG_DONTWAIT, (void *)&from, &size)));
  expect("its number", number, got);
  expect_text("its sender", path, from.sun_path);
}

int main(void) {
  begin();
  static char large[LARGE_SIZE], got[LARGE_SIZE + 1];
  struct sockaddr_un one = address(own_path("one")), two = address(own_path("two")), three = address(own_path("three")), four = address(own_path("four"));
  int receiver = bound(&one), peer = bound(&two), other = bound(&three), crowded = bound(&four);
  send_number(other, &one, -1);
  must(connect(receiver, (const void *)&two, sizeof two));
  for (int i = 0; i < MANY; i++) send_number(peer, &one, i);
  for (int i = 0; i < LARGE; i++) {
    int gone = (int)must(socket(AF_UNIX, SOCK_DGRAM, 0));
    memset(large, 'a' + i, sizeof large);
    expect("bytes of a large one", LARGE_SIZE, must(sendto(gone, large, sizeof large, MSG_DONTWAIT, (void *)&four, sizeof four)));
    close(gone);
  }
  await_go();
  expect_number_from(receiver, -1, three.sun_path);
  for (int i = 0; i < MANY; i++) expect_number_from(receiver, i, two.sun_path);
  expect_errno(EAGAIN, recv(receiver, got, sizeof got, MSG_DONTWAIT));
  for (int i = 0; i < LARGE; i++) {
    memset(large, 'a' + i, sizeof large);
    expect("bytes of a large one", LARGE_SIZE, must(recv(crowded, got, sizeof got, MSG_DONTWAIT)));
    expect("what is in it", 0, memcmp(got, large, sizeof large));
  }
  send_number(peer, &one, MANY);
  expect_number_from(receiver, MANY, two.sun_path);
  expect_errno(EPERM, sendto(other, got, 1, MSG_DONTWAIT, (void *)&one, sizeof one));
  must(unlink(one.sun_path));
  must(unlink(two.sun_path));
  must(unlink(three.sun_path));
  must(unlink(four.sun_path));
  done();
}
