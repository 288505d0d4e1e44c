// What the kernel tells about a unix socket by its inode number.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <vector>

struct UnixSocket {
  bool found = false;
  uint32_t file = 0;    // the lower half of the inode number of the file that it was bound to
  ino_t peer = 0;       // 0: none, or closed
  uint32_t backlog = 0; // of a listener
  uint32_t shutdown = 0;
  std::vector<ino_t> waiting; // of a listener: the clients that it has not accepted yet
};
UnixSocket ask_unix_socket(ino_t ino);
