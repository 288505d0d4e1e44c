/* More connections wait at a unix listener than the kernel tells of at once. */
#include "check.h"
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { COUNT = 2000 };

int main(void) {
  begin();
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  must(setrlimit(RLIMIT_NOFILE, &limit));
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0crowded"};
  socklen_t size = offsetof(struct sockaddr_un, sun_path) + 8;
  int listener = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&name, size));
  must(listen(listener, 4096));
  static int clients[COUNT];
  for (int i = 0; i < COUNT; i++) {
    clients[i] = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
    must(connect(clients[i], (struct sockaddr *)&name, size));
  }
  await_go();
  for (int i = 0; i < COUNT; i++) {
    int number = i, heard = -1, end;
    must(poll(&(struct pollfd){listener, POLLIN, 0}, 1, 20000));
    end = (int)must(accept(listener, NULL, NULL));
    must(write(clients[i], &number, sizeof number));
    expect("what is heard of it", sizeof heard, must(recv(end, &heard, sizeof heard, MSG_DONTWAIT)));
    expect("whose turn it is", i, heard);
    close(end);
  }
  done();
}
