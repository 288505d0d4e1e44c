// What a socket has received and its program not yet read: looked at with MSG_PEEK, so that it stays.
#pragma once
#include <sys/socket.h>

#include <string>
#include <vector>

#include "checkpoint/dump/instance.h"

// A message; of a stream the bytes that came with the same descriptors from the same sender.
struct Parcel {
  std::string bytes;
  sockaddr_storage from{};
  socklen_t from_size = 0;
  image_sender who{};           // as the instance numbers it; zeros where nobody asked
  std::vector<Descriptor> with; // descriptors on their way: the kernel gives them to who looks, too
};

// Not of TCP (see tcp-stream.h). words: for whom a person is told that it can't be looked at.
std::vector<Parcel> look_at_queue(const Instance &instance, int fd, const std::string &words);
void refuse_urgent(int fd, const std::string &words);
