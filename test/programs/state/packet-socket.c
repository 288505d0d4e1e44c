/* A packet socket can't be part of a template. */
#include "check.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sys/socket.h>

int main(void) {
  begin();
  int fd = (int)must(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_LOOP))), value = 0;
  socklen_t length = sizeof value;
  await_go();
  must(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length));
  expect("its family", AF_PACKET, value);
  done();
}
