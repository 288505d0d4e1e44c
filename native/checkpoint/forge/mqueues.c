/* POSIX message queues: files of the instance's own IPC namespace, with what was in them. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/files.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "shared/queue-names.h"

struct attributes { int64_t flags, most, size, count, reserved[4]; }; /* struct mq_attr */

static int send_messages(const struct object *object, int queue) {
  const struct image_mqueue *mq = object->item.data;
  const char *at = (const char *)(mq + 1), *end = (const char *)mq + object->item.size;
  for (uint32_t i = 0; i < mq->count; i++) {
    const struct { int64_t priority; uint64_t size; char bytes[]; } *message = (const void *)at;
    if (message->bytes > end || message->size > (uint64_t)(end - message->bytes)) return fail(-EPROTO, "read the message queue", object->item.name);
    long r = sys5(SYS_mq_timedsend, queue, message->bytes, message->size, message->priority, 0);
    if (r < 0) return fail(r, "fill the message queue", object->item.name);
    at = message->bytes + ((message->size + 7) & ~7ull);
  }
  return 0;
}

/* Where all instances share a namespace, the AID's tag stands before the name. */
static const char *system_name(const char *name, char buffer[264]) {
  const struct table *table = (const struct table *)TABLE_AT;
  if (!init.plain || !table->name_tag[0]) return name;
  const uint32_t tag = sizeof table->name_tag;
  memcpy(buffer, table->name_tag, tag);
  uint32_t i = 0;
  for (; name[i] && i < 255; i++) buffer[tag + i] = name[i];
  buffer[tag + i] = '\0';
  return buffer;
}

static bool none_is_gone(const char *name) { return !name; }

/* As the preload library does it, before the queue is there. */
static int note_name(const char *name) {
  if (!init.plain || queue_note((struct table *)TABLE_AT, name, none_is_gone)) return 0;
  return fail(-ENOSPC, "note the name of the message queue", name);
}

static int make(struct object *object) {
  char buffer[264];
  const char *name = system_name(object->item.name, buffer);
  const struct image_mqueue *mq = object->item.data;
  struct attributes about = {.most = (int64_t)mq->max_messages, .size = (int64_t)mq->message_size};
  if (note_name(name) < 0) return -1;
  long fd = sys4(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC, mq->mode, &about);
  if (fd < 0) return fail(fd, "make the message queue", object->item.name);
  if ((object->fd = move_high(fd, object->item.name)) < 0) return -1;
  long r = sys2(SYS_fchmod, object->fd, mq->mode);
  if (r >= 0) r = sys3(SYS_fchown, object->fd, mq->uid, mq->gid);
  if (r < 0) return fail(r, "set the owner of the message queue", object->item.name);
  if (mq->unlinked && (r = sys1(SYS_mq_unlink, name)) < 0) return fail(r, "take the name of the message queue", object->item.name);
  return send_messages(object, object->fd);
}

int mqueues_make(void) {
  for (int unlinked = 1; unlinked >= 0; unlinked--) /* a later one may have taken the name */
    for (uint32_t i = 0; i < image.mq_count; i++) {
      const struct image_mqueue *mq = image.mqs[i].item.data;
      if (!mq->unlinked == !unlinked && make(&image.mqs[i]) < 0) return -1;
    }
  return 0;
}

void mqueues_undo(void) {
  char buffer[264];
  for (uint32_t i = 0; i < image.mq_count; i++)
    if (image.mqs[i].fd > 0) regardless(sys1(SYS_mq_unlink, system_name(image.mqs[i].item.name, buffer))); /* it may have lost its name */
}

int make_mq_open(struct description *d) {
  const struct image_file *file = d->item.data;
  struct object *queue = object_by_id(image.mqs, image.mq_count, (uint32_t)file->pos);
  if (!queue || queue->fd < 0) return fail_number(-EPROTO, "find the message queue number", (int64_t)file->pos);
  return open_twin(queue->fd, file, queue->item.name);
}
