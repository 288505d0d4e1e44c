// The multicast groups that a datagram socket has joined. No call lists them: those that anybody on the machine has joined are asked for one by one.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <vector>

struct Membership { // as setsockopt takes it
  int level, name;
  uint8_t value[20];
  socklen_t size;
};
// Refuses a membership for chosen senders alone.
std::vector<Membership> multicast_memberships(int fd, int family);
