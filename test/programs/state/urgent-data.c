/* Urgent data that waits can't be part of a template. */
#include "file.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  begin();
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  int listener = (int)must(socket(AF_INET, SOCK_STREAM, 0)), client = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&own, sizeof own));
  must(listen(listener, 1));
  must(getsockname(listener, (struct sockaddr *)&own, &length));
  must(connect(client, (struct sockaddr *)&own, sizeof own));
  int server = (int)must(accept(listener, NULL, NULL));
  must(send(client, "!", 1, MSG_OOB));
  must(poll(&(struct pollfd){server, POLLPRI, 0}, 1, 20000));
  await_go();
  char byte = 0;
  expect("urgent bytes", 1, must(recv(server, &byte, 1, MSG_OOB)));
  expect("the urgent byte", '!', byte);
  done();
}
