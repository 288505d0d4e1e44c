// The multicast groups that a datagram socket has joined. No call lists them: those that anybody on the machine has joined are asked for one by one.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <vector>

// Of a getsockopt(): false where the socket knows no such thing. Anything else that fails is thrown, or it would be lost without a word.
bool is_told(int result);

struct Membership { // as setsockopt takes it
  int level, name;
  uint8_t value[20];
  socklen_t size;
};
// Refuses a membership for chosen senders alone.
std::vector<Membership> multicast_memberships(int fd, int family);
