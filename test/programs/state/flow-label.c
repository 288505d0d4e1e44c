/* A label of IPv6 that a socket has leased for what it sends: nobody else may have it. */
#include "check.h"
#include <arpa/inet.h>
#include <linux/in6.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* 0 stands for one that nobody has. */
static uint32_t label;

static int ask(int fd, int action) {
  struct in6_flowlabel_req request = {.flr_label = label, .flr_action = (uint8_t)action, .flr_share = IPV6_FL_S_EXCL, .flr_linger = 6, .flr_expires = 600};
  request.flr_flags = action == IPV6_FL_A_GET ? IPV6_FL_F_CREATE : 0;
  inet_pton(AF_INET6, "::1", &request.flr_dst);
  int result = setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &request, sizeof request);
  if (result == 0) label = request.flr_label;
  return result;
}

int main(void) {
  begin();
  int fd = (int)must(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)), other = (int)must(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  must(ask(fd, IPV6_FL_A_GET));
  await_go();
  must(ask(fd, IPV6_FL_A_RENEW));
  if (ask(other, IPV6_FL_A_GET) == 0) fail("another socket got the label too\n");
  must(ask(fd, IPV6_FL_A_PUT));
  done();
}
