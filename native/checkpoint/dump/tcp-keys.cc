#include "checkpoint/dump/tcp-keys.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <set>
#include <vector>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/failure.h"

static bool has_attribute(const nlmsghdr *header, uint16_t wanted) {
  for (size_t at = NLMSG_LENGTH(sizeof(inet_diag_msg)); at + NLA_HDRLEN <= header->nlmsg_len;) {
    const nlattr *attribute = reinterpret_cast<const nlattr *>(reinterpret_cast<const char *>(header) + at);
    if (attribute->nla_len < NLA_HDRLEN) break;
    if (attribute->nla_type == wanted) return true;
    at += NLA_ALIGN(attribute->nla_len);
  }
  return false;
}

// False at the end of the list.
static bool read_some(const Descriptor &netlink, std::vector<char> &answer, std::set<ino_t> &out) {
  ssize_t got = recv(netlink.get(), answer.data(), answer.size(), 0);
  if (got < 0) fail_call("read the list of TCP listeners");
  auto left = static_cast<int>(got);
  for (auto *header = reinterpret_cast<const nlmsghdr *>(answer.data()); NLMSG_OK(header, static_cast<unsigned>(left)); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) return false; // a kernel without lists has none to tell of
    if (has_attribute(header, INET_DIAG_MD5SIG)) out.insert(static_cast<const inet_diag_msg *>(NLMSG_DATA(header))->idiag_inode);
  }
  return true;
}

static void add_listeners(uint8_t family, std::set<ino_t> &out) {
  constexpr uint32_t listening = 1u << 10; // TCP_LISTEN
  Descriptor netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink) fail_call("open a diagnostic socket");
  struct { nlmsghdr header; inet_diag_req_v2 request; } ask{};
  ask.header.nlmsg_len = sizeof ask;
  ask.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  ask.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  ask.request.sdiag_family = family;
  ask.request.sdiag_protocol = IPPROTO_TCP;
  ask.request.idiag_states = listening;
  ask.request.idiag_ext = 1 << (INET_DIAG_INFO - 1); // with which they come
  if (send(netlink.get(), &ask, sizeof ask, 0) < 0) fail_call("ask for the TCP listeners");
  std::vector<char> answer(65536);
  while (read_some(netlink, answer, out)) continue;
}

bool demands_keys(ino_t listener) {
  static const std::set<ino_t> all = [] {
    std::set<ino_t> out;
    for (uint8_t family : {AF_INET, AF_INET6}) add_listeners(family, out);
    return out;
  }();
  return all.contains(listener);
}
