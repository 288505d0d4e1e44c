// What the kernel may keep of files and directories that others change meanwhile, by how they look when they are opened.
#pragma once
#include <cstdint>

#include "fuse/syscalls.h"

// Another number after each change, as far as times tell; 0 = changed so shortly ago that the next change might not show.
uint64_t steady_state(const Stat& st);

// Whether the file system of `fd` marks a directory's times when a name in it comes or goes: /proc and /sys don't.
bool dates_names(int fd);
