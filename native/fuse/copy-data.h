// Copying what a file holds: shared extents where the file system can, the data between the holes elsewhere.
#pragma once
#include <cstdint>

#include "fuse/syscalls.h"

// Bytes copied (0 when the extents are shared). Throws Failure. `to` is empty and ends with the size of `from`.
uint64_t copy_data(int from, int to, const Stat& st);
// Owner, mode, times and extended attributes, those of overlayfs left out. Throws Failure.
void copy_attributes(int from, int to, const Stat& st);
void copy_times(int to, const Stat& st);
