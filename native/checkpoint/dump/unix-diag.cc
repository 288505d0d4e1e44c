#include "checkpoint/dump/unix-diag.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/failure.h"

static void read_attribute(const nlattr *attribute, UnixSocket &out) {
  const char *data = reinterpret_cast<const char *>(attribute) + NLA_HDRLEN;
  uint32_t number = 0;
  switch (attribute->nla_type) {
    case UNIX_DIAG_VFS: memcpy(&out.file, data, 4); break; // struct unix_diag_vfs: inode, device
    case UNIX_DIAG_PEER: memcpy(&number, data, 4); out.peer = number; break;
    case UNIX_DIAG_RQLEN: memcpy(&out.backlog, data + 4, 4); break; // struct unix_diag_rqlen: rqueue, wqueue
    case UNIX_DIAG_ICONS:
      for (size_t at = 0; at + 4 <= attribute->nla_len - static_cast<size_t>(NLA_HDRLEN); at += 4) {
        memcpy(&number, data + at, 4);
        out.waiting.push_back(number);
      }
      break;
    case UNIX_DIAG_SHUTDOWN: out.shutdown = static_cast<uint8_t>(data[0]); break;
  }
}

UnixSocket ask_unix_socket(ino_t ino) {
  static Descriptor netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink) fail_call("open a diagnostic socket");
  struct { nlmsghdr header; unix_diag_req request; } ask{};
  ask.header.nlmsg_len = sizeof ask;
  ask.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.request.sdiag_family = AF_UNIX;
  ask.request.udiag_states = ~0u;
  ask.request.udiag_ino = static_cast<uint32_t>(ino);
  ask.request.udiag_show = UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_ICONS;
  ask.request.udiag_cookie[0] = ask.request.udiag_cookie[1] = ~0u;
  alignas(8) char answer[8192];
  if (send(netlink.get(), &ask, sizeof ask, 0) < 0) fail_call("ask for a unix socket");
  ssize_t got = recv(netlink.get(), answer, sizeof answer, 0);
  if (got < 0) fail_call("ask for a unix socket");
  UnixSocket out;
  const nlmsghdr *header = reinterpret_cast<const nlmsghdr *>(answer);
  if (static_cast<size_t>(got) < NLMSG_LENGTH(sizeof(unix_diag_msg)) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return out;
  out.found = true;
  size_t end = std::min<size_t>(header->nlmsg_len, static_cast<size_t>(got));
  for (size_t at = NLMSG_LENGTH(sizeof(unix_diag_msg)); at + NLA_HDRLEN <= end;) {
    const nlattr *attribute = reinterpret_cast<const nlattr *>(answer + at);
    if (attribute->nla_len < NLA_HDRLEN) break;
    read_attribute(attribute, out);
    at += NLA_ALIGN(attribute->nla_len);
  }
  return out;
}
