// The names of sockets: as the kernel has them, as the application asked for them, and as an image has them.
#pragma once
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "checkpoint/dump/description.h"

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool operator==(const Address &other) const { return size == other.size && memcmp(&storage, &other.storage, size) == 0; }
  uint16_t port() const; // 0: of another family
  bool is_inet() const { return storage.ss_family == AF_INET || storage.ss_family == AF_INET6; }
};

Address own_address(int fd);
bool peer_address(int fd, Address &out); // false: it has no other end
bool listens(int fd);

// The asked address with the asked port, where the port was translated.
Address asked_address(const Collector &collector, Address address, int type);
void put_address(const Address &address, uint8_t (&out)[32], uint32_t &size);

// A path, or an abstract name behind '@'; "" for none.
std::string unix_name(const Address &address);
// A path in its pre-customised form, an abstract name without the AID's tag.
std::string stored_name(const Collector &collector, const std::string &name, uint32_t &as_is);
