// Copying what a file holds: shared extents where the file system can, the data between the holes elsewhere.
#pragma once
#include <cstdint>

#include "fuse/syscalls.h"

// Bytes copied (0 when the extents are shared). Throws Failure. `to` is empty and ends with the size of `from`.
uint64_t copy_data(int from, int to, const Stat& st);
// Makes a part of `to` what it is in `from`, which may be written to meanwhile; past the end of `from` nothing is done. `fresh`: `to` is a
// hole there. Bytes copied. Throws Failure.
uint64_t copy_part(int from, int to, uint64_t start, uint64_t end, bool fresh);
// Owner, mode, times and extended attributes, those of overlayfs left out. Throws Failure.
void copy_attributes(int from, int to, const Stat& st);
void copy_times(int to, const Stat& st);
