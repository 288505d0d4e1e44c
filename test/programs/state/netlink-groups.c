/* A netlink socket: its options, the groups that it has joined, those above 32 as well; and it answers. */
#include "check.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

int main(void) {
  begin();
  int fd = (int)must(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)), one = 1, value = 0;
  must(bind(fd, (struct sockaddr *)&(struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_groups = 1 << (RTNLGRP_NEIGH - 1)}, sizeof(struct sockaddr_nl)));
  must(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &(int){RTNLGRP_NEXTHOP}, sizeof(int)));
  must(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &(int){RTNLGRP_TUNNEL}, sizeof(int)));
  must(setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one));
  await_go();
  uint32_t groups[4] = {0};
  socklen_t length = sizeof groups;
  must(getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &length));
  expect("the low groups", 1 << (RTNLGRP_NEIGH - 1) | 1u << (RTNLGRP_NEXTHOP - 1), groups[0]);
  expect("the high groups", 1u << (RTNLGRP_TUNNEL - 33), groups[1]);
  length = sizeof value;
  must(getsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &value, &length));
  expect("an option", 1, value);
  struct { struct nlmsghdr head; struct rtgenmsg body; } question = {{sizeof question, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 7, 0}, {AF_UNSPEC}};
  must(send(fd, &question, sizeof question, 0));
  static char answer[32768] __attribute__((aligned(8)));
  expect("whether it is answered", true, must(recv(fd, answer, sizeof answer, 0)) > 0);
  expect("the number of the question", 7, ((struct nlmsghdr *)answer)->nlmsg_seq);
  done();
}
