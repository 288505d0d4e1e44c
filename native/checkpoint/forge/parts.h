/* What came with the bytes that wait in a socket: descriptors on their way, and who has sent which part of a stream. */
#ifndef FORGE_PARTS_H
#define FORGE_PARTS_H
#include "checkpoint/forge/sockets.h"

struct part { const struct image_part *image; const uint32_t *descriptions; };

/** The record of a socket; NULL: there is none. */
const struct item *parts_of(const struct description *d);
/** Takes the part at `at` apart; what follows it, or NULL when it isn't whole. */
const char *part_read(const char *at, const char *end, struct part *part);
/** Notes that the descriptions on their way are needed. 0 or -1. */
int parts_mark(void);
/** A part of what is sent to a socket (`to` NULL: to the other end) by `who`, with the descriptors of `part` unless that is NULL. The
 *  kernel's answer. */
long part_send(int fd, struct image_sender who, const struct part *part, const char *bytes, uint64_t size, const void *to, int to_size);
#endif
