/* POSIX message queues. Their names are the IPC namespace's, which instances share under the preload mechanism: the AID's tag stands before each. */
#include "preload/ids.h"
#include "preload/mqueue-names.h"
#include "shared/queue-names.h"
#include <fcntl.h>
#include <mqueue.h>
#include <string.h>

#define TAG sizeof(((struct table *)0)->name_tag)

const char *mqueue_name(const char *given, size_t slash, struct mqueue_name *own) {
  const struct table *table = ids_table();
  if (table == NULL || table->name_tag[0] == '\0' || !readable(given, 1) || (slash == 1 && given[0] != '/')) return given;
  memcpy(own->text, "/", slash);
  memcpy(own->text + slash, table->name_tag, TAG);
  for (size_t i = 0; i < sizeof own->text - TAG - slash; i++) {
    const char *at = given + slash + i;
    if (((uintptr_t)at & (PAGE - 1)) == 0 && !readable(at, 1)) return given; /* the kernel says what is wrong */
    own->text[slash + TAG + i] = *at;
    if (*at == '\0') return i == 0 ? given : own->text;
    if (*at == '/') return given;
  }
  return given; /* too long with the tag, and nearly so without */
}

static bool is_gone(const char *name) {
  long fd = raw4(SYS_mq_open, name, O_RDONLY | O_CLOEXEC, 0, NULL);
  if (fd >= 0) raw_close(fd);
  return fd == -ENOENT;
}

bool mqueue_note(const char *name) {
  struct table *table = ids_table();
  return table == NULL || !inside.table_writable || queue_note(table, name, is_gone);
}

EXPORT mqd_t mq_open(const char *name, int flags, ...) {
  __builtin_va_list rest;
  __builtin_va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? __builtin_va_arg(rest, mode_t) : 0;
  struct mq_attr *attributes = flags & O_CREAT ? __builtin_va_arg(rest, struct mq_attr *) : NULL;
  __builtin_va_end(rest);
  struct mqueue_name own;
  const char *system = mqueue_name(name, 1, &own);
  bool noted = system == own.text && (flags & O_CREAT) != 0;
  if (noted && !mqueue_note(own.text + 1)) return refused(-ENOSPC);
  mqd_t queue = NEXT(mq_open)(system, flags, mode, attributes);
  if (noted && queue >= 0) mqueue_note(own.text + 1);
  return queue;
}

EXPORT mqd_t __mq_open_2(const char *name, int flags);
EXPORT mqd_t __mq_open_2(const char *name, int flags) {
  struct mqueue_name own;
  return NEXT(__mq_open_2)(mqueue_name(name, 1, &own), flags);
}

EXPORT int mq_unlink(const char *name) {
  struct mqueue_name own;
  return NEXT(mq_unlink)(mqueue_name(name, 1, &own));
}
