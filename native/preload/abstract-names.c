/* The tag's first byte counts the zeros that were left out at the name's end: programs give the whole of sun_path as often as not, and
 * then the tag fits in their place. */
#include "preload/abstract-names.h"
#include <string.h>

#define HEAD offsetof(struct sockaddr_un, sun_path)
#define TAG 8
#define LONGEST (sizeof(struct sockaddr_un) - HEAD - 1) /* bytes of a name, its first zero not counted */

static const char *tag(void) {
  const struct table *table = inside_table();
  return table != NULL && table->name_tag[0] != '\0' ? table->name_tag : NULL;
}

bool abstract_to_system(const struct sockaddr *address, socklen_t length, struct unix_name *name) {
  const char *own = tag();
  if (own == NULL || address == NULL || length <= HEAD + 1 || length > sizeof name->address || !readable(address, length)) return false;
  const struct sockaddr_un *asked = (const void *)address;
  if (asked->sun_family != AF_UNIX || asked->sun_path[0] != '\0') return false;
  size_t size = length - HEAD - 1, left_out = size + TAG > LONGEST ? size + TAG - LONGEST : 0;
  for (size_t i = 0; i < left_out; i++)
    if (asked->sun_path[size - i] != '\0') return false;
  memset(&name->address, 0, sizeof name->address);
  name->address.sun_family = AF_UNIX;
  memcpy(name->address.sun_path + 1, own, TAG);
  name->address.sun_path[1] = (char)(own[0] + (char)left_out);
  memcpy(name->address.sun_path + 1 + TAG, asked->sun_path + 1, size - left_out);
  name->length = (socklen_t)(HEAD + 1 + TAG + size - left_out);
  return true;
}

/* How many zeros the tagged name lacks; -1: it is no name of this instance. */
static int left_out_of(const struct sockaddr_un *address, socklen_t length) {
  const char *own = tag();
  if (own == NULL || length < HEAD + 1 + TAG || address->sun_family != AF_UNIX || address->sun_path[0] != '\0') return -1;
  int left_out = address->sun_path[1] - own[0];
  return left_out >= 0 && left_out <= TAG && memcmp(address->sun_path + 2, own + 1, TAG - 1) == 0 ? left_out : -1;
}

void abstract_to_virtual(struct sockaddr *address, socklen_t room, socklen_t *length) {
  struct sockaddr_un *name = (void *)address;
  socklen_t held = room < *length ? room : *length;
  int left_out = left_out_of(name, held);
  if (left_out < 0) return;
  *length += (socklen_t)left_out - TAG;
  memmove(name->sun_path + 1, name->sun_path + 1 + TAG, held - HEAD - 1 - TAG);
  for (socklen_t at = held - TAG; at < room && at < *length; at++) ((char *)address)[at] = '\0';
}

void abstract_name_of(int fd, long call, struct sockaddr *address, socklen_t room, socklen_t *length) {
  struct unix_name name = {.length = sizeof name.address};
  if (tag() == NULL || room < HEAD || address->sa_family != AF_UNIX || raw3(call, fd, &name.address, &name.length) < 0) return;
  if (left_out_of(&name.address, name.length) < 0) return;
  abstract_to_virtual((struct sockaddr *)&name.address, sizeof name.address, &name.length);
  memcpy(address, &name.address, room < name.length ? room : name.length);
  *length = name.length;
}
