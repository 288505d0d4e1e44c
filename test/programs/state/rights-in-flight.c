/* Descriptors on their way through unix sockets: with the very byte or message they were sent with, among others that bring none. */
#include "rights.h"
#include <sys/eventfd.h>

static int stream[2], datagrams[2], packets[2], left[2], held;

static void fill_stream(void) {
  int pipes[2];
  must(pipe(pipes));
  put(pipes[1], "in the pipe");
  must(close(pipes[1]));
  put(stream[0], "abc");
  send_away(stream[0], "d", pipes[0]);
  put(stream[0], "ef");
  send_with(stream[0], "g", 1, 1, &held);
}

static void prove_stream(void) {
  int fd = -1;
  receive(stream[1], 3, "abc", 0, NULL);
  receive(stream[1], 9, "d", 1, &fd);
  expect_text("what the pipe gives", "in the pipe", next_text(fd, 99));
  expect("what is left in it", 0, must(read(fd, &(char){0}, 1)));
  receive(stream[1], 2, "ef", 0, NULL);
  receive(stream[1], 9, "g", 1, &fd);
  expect("its position, which another descriptor shares", 4, must(lseek(fd, 0, SEEK_CUR)));
  must(lseek(fd, 6, SEEK_SET));
  expect("the other's", 6, must(lseek(held, 0, SEEK_CUR)));
  put(stream[0], "on");
  receive(stream[1], 9, "on", 0, NULL);
}

static void fill_messages(int to) {
  int pair[2] = {(int)must(eventfd(7, 0)), (int)must(open("/dev/zero", O_RDONLY))};
  must(send(to, "one", 3, 0));
  send_with(to, "two", 3, 1, &held);
  send_with(to, "three", 5, 2, pair);
  must(send(to, "four", 4, 0));
  must(close(pair[0]));
  must(close(pair[1]));
}

static void prove_messages(int from) {
  int fds[2];
  uint64_t count = 0;
  receive(from, 9, "one", 0, NULL);
  receive(from, 9, "two", 1, fds);
  must(close(fds[0]));
  receive(from, 9, "three", 2, fds);
  must(read(fds[0], &count, sizeof count));
  expect("what the counter gives", 7, count);
  expect("bytes of zeros", 1, must(read(fds[1], &count, 1)));
  receive(from, 9, "four", 0, NULL);
}

int main(void) {
  begin();
  const char *name = own_path("rights");
  held = file_with(name, "0123456789", 10);
  must(lseek(held, 4, SEEK_SET));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams));
  must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, left));
  fill_stream();
  fill_messages(datagrams[0]);
  fill_messages(packets[0]);
  send_with(left[0], "last", 4, 1, &held); /* by one who is no more */
  must(close(left[0]));
  await_go();

  int fd = -1;
  prove_stream();
  prove_messages(datagrams[1]);
  prove_messages(packets[1]);
  receive(left[1], 9, "last", 1, &fd);
  expect("what is left of it", 0, must(read(left[1], &(char){0}, 1)));
  must(unlink(name));
  done();
}
