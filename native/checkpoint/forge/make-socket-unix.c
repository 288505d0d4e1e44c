#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include <sys/stat.h>
#include <sys/un.h>

/* A name in the view: the old socket file came with the layers, its listener did not. It keeps its owner and mode. */
static int bind_name(int fd, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct stat about;
  if (strlen(path) >= sizeof address.sun_path) return fail(-ENAMETOOLONG, "bind the socket", path);
  memcpy(address.sun_path, path, strlen(path) + 1);
  long seen = sys2(SYS_lstat, path, &about);
  if (seen >= 0 && S_ISSOCK(about.st_mode)) sys1(SYS_unlink, path);
  long r = sys3(SYS_bind, fd, &address, sizeof address);
  if (r < 0) return fail(r, "bind the socket", path);
  if (seen < 0) return 0;
  sys3(SYS_chown, path, about.st_uid, about.st_gid);
  sys2(SYS_chmod, path, about.st_mode & 07777);
  return 0;
}

/* Abstract names are the network namespace's, which instances share: only the first to ask can have one. A later clone gets a
 * name of the kernel's choice, so that it listens, though nobody finds it by the old name. */
static int bind_abstract(int fd, const struct description *d) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  uint32_t size = d->item.head->name_size;
  if (size > sizeof address.sun_path) size = sizeof address.sun_path;
  memcpy(address.sun_path + 1, d->item.name + 1, size - 1);
  long r = sys3(SYS_bind, fd, &address, offsetof(struct sockaddr_un, sun_path) + size);
  if (r == -EADDRINUSE) r = sys3(SYS_bind, fd, &address, sizeof address.sun_family);
  return r < 0 ? fail(r, "bind the socket", d->item.name) : 0;
}

int bind_unix(int fd, const struct description *d) {
  return d->item.name[0] == '@' ? bind_abstract(fd, d) : bind_name(fd, path_here(d->item.name));
}

int make_bound_unix(struct description *d) {
  const struct image_socket *s = socket_of(d);
  int fd = socket_new(d);
  if (fd < 0 || socket_options(fd, d) < 0) return -1;
  if (d->item.head->name_size && bind_unix(fd, d) < 0) return -1;
  if (s->state == SOCKET_LISTENING) {
    long r = sys2(SYS_listen, fd, s->backlog);
    if (r < 0) return fail(r, "listen at", d->item.name);
  }
  return socket_finish(fd, d);
}
