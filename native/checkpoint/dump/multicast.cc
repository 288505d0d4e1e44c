#include "checkpoint/dump/multicast.h"

#include <netinet/in.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

bool is_told(int result) {
  if (result == 0) return true;
  for (int error : {ENOMEM, ENOBUFS, EIO, EMFILE, ENFILE, EFAULT, EINTR})
    if (errno == error) fail_call("ask about a socket");
  return false;
}

struct Group {
  uint32_t interface;
  sockaddr_storage address{};
};

// A line of each interface, then one of each of its groups, which begins with a blank and the address as it lies in memory.
static std::vector<Group> groups_of_four() {
  std::vector<Group> out;
  std::istringstream lines(proc_read_optional("self/net/igmp"));
  unsigned interface = 0, address;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '\t') {
      interface = static_cast<unsigned>(strtoul(line.c_str(), nullptr, 10));
    } else if (sscanf(line.c_str(), " %8X", &address) == 1) {
      sockaddr_in group{};
      group.sin_family = AF_INET;
      group.sin_addr.s_addr = address;
      memcpy(&out.emplace_back(Group{interface}).address, &group, sizeof group);
    }
  }
  return out;
}

static std::vector<Group> groups_of_six() {
  std::vector<Group> out;
  std::istringstream lines(proc_read_optional("self/net/igmp6"));
  for (std::string line; std::getline(lines, line);) {
    unsigned interface;
    char digits[33];
    if (sscanf(line.c_str(), "%u %*s %32[0-9a-f]", &interface, digits) != 2 || strlen(digits) != 32) continue;
    sockaddr_in6 group{};
    group.sin6_family = AF_INET6;
    for (int i = 0; i < 16; i++) sscanf(digits + 2 * i, "%2hhx", &group.sin6_addr.s6_addr[i]);
    memcpy(&out.emplace_back(Group{interface}).address, &group, sizeof group);
  }
  return out;
}

static bool is_member(int fd, int level, const Group &group) {
  group_filter filter{};
  filter.gf_interface = group.interface;
  memcpy(&filter.gf_group, &group.address, sizeof filter.gf_group);
  socklen_t size = sizeof filter;
  if (!is_told(getsockopt(fd, level, MCAST_MSFILTER, &filter, &size))) return false;
  if (filter.gf_fmode != MCAST_EXCLUDE || filter.gf_numsrc)
    refuse(EOPNOTSUPP, "a socket hears chosen senders of a multicast group alone, which can't be part of a template");
  return true;
}

static Membership membership(int level, const Group &group) {
  Membership out{level, IP_ADD_MEMBERSHIP, {}, sizeof(ip_mreqn)};
  if (level == IPPROTO_IP) {
    ip_mreqn four{reinterpret_cast<const sockaddr_in *>(&group.address)->sin_addr, {}, static_cast<int>(group.interface)};
    memcpy(out.value, &four, sizeof four);
    return out;
  }
  ipv6_mreq six{reinterpret_cast<const sockaddr_in6 *>(&group.address)->sin6_addr, group.interface};
  out.name = IPV6_ADD_MEMBERSHIP;
  out.size = sizeof six;
  memcpy(out.value, &six, sizeof six);
  return out;
}

std::vector<Membership> multicast_memberships(int fd, int family) {
  static const std::vector<Group> four = groups_of_four(), six = groups_of_six();
  std::vector<Membership> out;
  for (const Group &group : four)
    if (is_member(fd, IPPROTO_IP, group)) out.push_back(membership(IPPROTO_IP, group));
  if (family != AF_INET6) return out;
  for (const Group &group : six)
    if (is_member(fd, IPPROTO_IPV6, group)) out.push_back(membership(IPPROTO_IPV6, group));
  return out;
}
