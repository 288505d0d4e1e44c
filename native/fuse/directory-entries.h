// The entries of a directory of the file system below, as the kernel tells them.
#pragma once
#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "fuse/failure.h"

struct Dirent64 {
  uint64_t ino;
  int64_t off;
  unsigned short reclen;
  unsigned char type;
  char name[];
};

// `visit` gets each but "." and "..". Throws Failure.
template <typename Visit>
void read_directory(int fd, const std::string& name, Visit visit) {
  alignas(Dirent64) char buffer[32768];
  for (;;) {
    long size = check(syscall(SYS_getdents64, fd, buffer, sizeof buffer), "getdents", name);
    if (size == 0) return;
    for (long at = 0; at < size;) {
      auto* entry = reinterpret_cast<Dirent64*>(buffer + at);
      at += entry->reclen;
      if (entry->name[0] == '.' && (!entry->name[1] || (entry->name[1] == '.' && !entry->name[2]))) continue;
      visit(*entry);
    }
  }
}
