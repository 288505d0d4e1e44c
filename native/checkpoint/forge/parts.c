#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/parts.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/uio.h>

#define MOST_DESCRIPTORS 253 /* SCM_MAX_FD */

const struct item *parts_of(const struct description *d) {
  for (uint32_t i = 0; i < image.part_count; i++)
    if (image.parts[i].head->id == d->item.head->id) return &image.parts[i];
  return NULL;
}

const char *part_read(const char *at, const char *end, struct part *part) {
  part->image = (const void *)at;
  if ((uint64_t)(end - at) < sizeof *part->image) return NULL;
  at += sizeof *part->image;
  part->descriptions = (const void *)at;
  uint64_t size = ((uint64_t)part->image->count * sizeof(uint32_t) + 7) & ~7ull;
  if (part->image->count > MOST_DESCRIPTORS || size > (uint64_t)(end - at)) return NULL;
  return at + size;
}

static int mark(const struct item *item) {
  const char *at = item->data, *end = at + item->size;
  for (struct part part; at < end;) {
    if (!(at = part_read(at, end, &part))) return fail_number(-EPROTO, "read what is on its way to socket", item->head->id);
    for (uint32_t i = 0; i < part.image->count; i++) {
      struct description *d = description_by_id(part.descriptions[i]);
      if (!d) return fail_number(-EPROTO, "find what is on its way, number", part.descriptions[i]);
      d->in_table = 1;
    }
  }
  return 0;
}

int parts_mark(void) {
  for (uint32_t i = 0; i < image.part_count; i++) {
    const struct description *d = description_by_id(image.parts[i].head->id);
    if (!d || d->item.head->type != RECORD_SOCKET) return fail_number(-EPROTO, "find the socket with descriptors on their way, number", image.parts[i].head->id);
    if (d->kept < 0 && mark(&image.parts[i]) < 0) return -1;
  }
  return 0;
}

long part_send(int fd, struct image_sender who, const struct part *part, const char *bytes, uint64_t size, const void *to, int to_size) {
  union { struct cmsghdr head; char room[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))]; } control;
  struct iovec data = {(void *)bytes, size};
  struct msghdr message = {.msg_name = (void *)to, .msg_namelen = (uint32_t)to_size, .msg_iov = &data, .msg_iovlen = 1};
  if (part && part->image->count) {
    message.msg_control = &control;
    message.msg_controllen = control.head.cmsg_len = CMSG_LEN(part->image->count * sizeof(int));
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    for (uint32_t i = 0; i < part->image->count; i++) {
      const struct description *d = description_by_id(part->descriptions[i]);
      if (!d || d->fd < 0) return -EPROTO;
      memcpy(control.room + CMSG_LEN(0) + i * sizeof(int), &d->fd, sizeof d->fd);
    }
  }
  return AS(who, SYS_sendmsg, fd, (long)&message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
