// What the kernel tells about a unix socket by its inode number.
#pragma once
#include <sys/types.h>

#include <cstdint>

struct UnixSocket {
  bool found = false;
  ino_t peer = 0;       // 0: none, or closed
  uint32_t backlog = 0; // of a listener
  uint32_t shutdown = 0;
};
UnixSocket ask_unix_socket(ino_t ino);
