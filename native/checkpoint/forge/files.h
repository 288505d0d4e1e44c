/* Files by what the image knows of them. */
#ifndef FORGE_FILES_H
#define FORGE_FILES_H
#include "checkpoint/forge/image-index.h"
#include <fcntl.h>

#define KERNEL_LARGEFILE 0100000u /* F_GETFL shows it, open() sets it by itself */
#define NOT_AGAIN (uint32_t)(O_CREAT | O_EXCL | O_TRUNC)

/** Opens a path with the recorded flags: a descriptor or the kernel's answer. */
int open_as(const struct image_file *file, const char *path);
/** Puts the descriptor at its position, with its lock. `fd` or -1. */
int at_position(long fd, const struct image_file *file, const char *path);
/** One more description of what `of` stands for, with flags and a position of its own. A descriptor or -1. */
int open_twin(int of, const struct image_file *file, const char *path);
/** A file or directory without a name any more. A descriptor or -1. */
int make_nameless(const struct description *d, const char *path);
#endif
