/* A socket that sends more options with each packet than an image has room for. */
#include "check.h"
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

int main(void) {
  begin();
  unsigned char options[36], got[40];
  memset(options, IPOPT_NOP, sizeof options);
  int fd = (int)must(socket(AF_INET, SOCK_DGRAM, 0));
  must(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, sizeof options));
  await_go();
  socklen_t size = sizeof got;
  must(getsockopt(fd, IPPROTO_IP, IP_OPTIONS, got, &size));
  expect("bytes of options", sizeof options, size);
  done();
}
