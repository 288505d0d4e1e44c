#include "checkpoint/dump/unix-diag.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

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

struct Question { nlmsghdr header; unix_diag_req request; };

static Question question(uint16_t flags, uint32_t states, ino_t ino) {
  Question out{};
  out.header.nlmsg_len = sizeof out;
  out.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  out.header.nlmsg_flags = flags;
  out.request.sdiag_family = AF_UNIX;
  out.request.udiag_states = states;
  out.request.udiag_ino = static_cast<uint32_t>(ino);
  out.request.udiag_show = UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_ICONS;
  out.request.udiag_cookie[0] = out.request.udiag_cookie[1] = ~0u;
  return out;
}

static UnixSocket read_socket(const nlmsghdr *header) {
  UnixSocket out;
  out.found = true;
  for (size_t at = NLMSG_LENGTH(sizeof(unix_diag_msg)); at + NLA_HDRLEN <= header->nlmsg_len;) {
    const nlattr *attribute = reinterpret_cast<const nlattr *>(reinterpret_cast<const char *>(header) + at);
    if (attribute->nla_len < NLA_HDRLEN) break;
    read_attribute(attribute, out);
    at += NLA_ALIGN(attribute->nla_len);
  }
  return out;
}

// The kernel answers with as much as is asked for: 32 KiB at most.
static constexpr size_t most_answered = 65536;

static ssize_t receive(const Descriptor &netlink, std::vector<char> &answer) {
  answer.resize(most_answered);
  ssize_t got = recv(netlink.get(), answer.data(), answer.size(), 0);
  if (got < 0) fail_call("ask for a unix socket");
  return got;
}

static Descriptor open_netlink() {
  Descriptor out(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!out) fail_call("open a diagnostic socket");
  return out;
}

// Of one socket alone the kernel tells a page at most, of all listeners each in up to eight.
static UnixSocket find_among_listeners(ino_t ino) {
  constexpr uint32_t listening = 1u << 10; // TCP_LISTEN
  Descriptor netlink = open_netlink();
  Question ask = question(NLM_F_REQUEST | NLM_F_DUMP, listening, 0);
  if (send(netlink.get(), &ask, sizeof ask, 0) < 0) fail_call("ask for the unix listeners");
  std::vector<char> answer;
  for (;;) {
    auto left = static_cast<int>(receive(netlink, answer));
    for (auto *header = reinterpret_cast<const nlmsghdr *>(answer.data()); NLMSG_OK(header, static_cast<unsigned>(left)); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
        refuse(EBUSY, "more connections wait at a unix listener than the kernel tells of: commit again when some have been accepted");
      auto *about = static_cast<const unix_diag_msg *>(NLMSG_DATA(header));
      if (about->udiag_ino == static_cast<uint32_t>(ino)) return read_socket(header);
    }
  }
}

UnixSocket ask_unix_socket(ino_t ino) {
  static Descriptor netlink = open_netlink();
  Question ask = question(NLM_F_REQUEST, ~0u, ino);
  if (send(netlink.get(), &ask, sizeof ask, 0) < 0) fail_call("ask for a unix socket");
  std::vector<char> answer;
  auto got = static_cast<size_t>(receive(netlink, answer));
  auto *header = reinterpret_cast<const nlmsghdr *>(answer.data());
  if (header->nlmsg_type == NLMSG_ERROR && static_cast<const nlmsgerr *>(NLMSG_DATA(header))->error == -EMSGSIZE) return find_among_listeners(ino);
  if (got < NLMSG_LENGTH(sizeof(unix_diag_msg)) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return {};
  return read_socket(header);
}
