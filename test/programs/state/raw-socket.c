/* A raw socket can't be part of a template. */
#include "check.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  begin();
  int fd = (int)must(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)), value = 0;
  socklen_t length = sizeof value;
  await_go();
  must(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length));
  expect("its type", SOCK_RAW, value);
  done();
}
