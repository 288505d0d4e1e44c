#include "checkpoint/dump/socket-address.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "checkpoint/dump/failure.h"

uint16_t Address::port() const {
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port);
  return 0;
}

Address own_address(int fd) {
  Address out;
  out.size = sizeof out.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr *>(&out.storage), &out.size) != 0) fail_call("ask a socket's address");
  return out;
}

bool peer_address(int fd, Address &out) {
  out.size = sizeof out.storage;
  return getpeername(fd, reinterpret_cast<sockaddr *>(&out.storage), &out.size) == 0;
}

bool listens(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

Address asked_address(const Collector &collector, Address address, int type) {
  const table_port *entry = collector.ports.by_system_port(type, address.port());
  if (!entry) return address;
  uint16_t port = htons(entry->virtual_port);
  if (address.storage.ss_family == AF_INET) {
    auto *in = reinterpret_cast<sockaddr_in *>(&address.storage);
    in->sin_port = port;
    if (entry->family == AF_INET) memcpy(&in->sin_addr, entry->address, 4);
  } else {
    auto *in6 = reinterpret_cast<sockaddr_in6 *>(&address.storage);
    in6->sin6_port = port;
    if (entry->family == AF_INET6) memcpy(&in6->sin6_addr, entry->address, 16);
  }
  return address;
}

void put_address(const Address &address, uint8_t (&out)[32], uint32_t &size) {
  size = static_cast<uint32_t>(std::min<size_t>(address.size, sizeof out));
  memcpy(out, &address.storage, size);
}

std::string unix_name(const Address &address) {
  size_t head = offsetof(sockaddr_un, sun_path);
  if (address.size <= head) return "";
  const char *path = reinterpret_cast<const sockaddr_un *>(&address.storage)->sun_path;
  std::string name(path, address.size - head);
  if (name[0] == '\0') return "@" + name.substr(1);
  return name.substr(0, name.find('\0'));
}

std::string stored_name(const Collector &collector, const std::string &name, uint32_t &as_is) {
  if (name.empty() || name[0] != '@') return name.empty() || name[0] != '/' ? name : collector.paths.stored(name);
  std::string rest = name.substr(1);
  as_is = collector.ports.strip_tag(rest) ? 0 : 1;
  return "@" + rest;
}
