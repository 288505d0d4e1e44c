#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include "shared/table.h"
#include <sys/stat.h>
#include <sys/un.h>

static int put_path(struct sockaddr_un *address, const char *path) {
  if (strlen(path) >= sizeof address->sun_path) return fail(-ENAMETOOLONG, "bind the socket", path);
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  memcpy(address->sun_path, path, strlen(path) + 1);
  return 0;
}

/* A name in the view: the old socket file came with the layers, its listener did not. It keeps its owner and mode. */
static int bind_name(int fd, const char *path) {
  struct sockaddr_un address;
  struct stat about;
  if (put_path(&address, path) < 0) return -1;
  long seen = sys2(SYS_lstat, path, &about);
  if (seen >= 0 && S_ISSOCK(about.st_mode)) regardless(sys1(SYS_unlink, path)); /* a name that stays can't be bound */
  long r = sys3(SYS_bind, fd, &address, sizeof address);
  if (r < 0) return fail(r, "bind the socket", path);
  if (seen < 0) return 0;
  r = sys3(SYS_chown, path, about.st_uid, about.st_gid);
  if (r >= 0 || r == -EPERM || r == -EINVAL) r = sys2(SYS_chmod, path, about.st_mode & 07777); /* a user can give nothing away */
  return r < 0 && r != -EPERM ? fail(r, "set the owner and mode of the socket", path) : 0;
}

/* What has the name by now is another's: then it is bound beside that. Where the directory is gone, the kernel gives an abstract name,
 * for a socket without any can't listen. */
static int bind_removed(int fd, const char *path) {
  struct sockaddr_un address, nameless = {.sun_family = AF_UNIX};
  if (put_path(&address, path) < 0) return -1;
  long r = sys3(SYS_bind, fd, &address, sizeof address);
  if (r == -EADDRINUSE) {
    struct line line = line_in(address.sun_path, sizeof address.sun_path);
    put(&line, path);
    put(&line, ".removed");
    r = sys3(SYS_bind, fd, &address, sizeof address);
  }
  if (r >= 0) r = sys1(SYS_unlink, address.sun_path);
  else if (r == -ENOENT) r = sys3(SYS_bind, fd, &nameless, sizeof nameless.sun_family);
  return r < 0 ? fail(r, "bind the socket", path) : 0;
}

#define TAG 8

/* See preload/abstract-names.c: the tag's first byte counts the zeros that are left out at the end. */
uint32_t abstract_address(const char *name, uint32_t size, int as_is, struct sockaddr_un *to) {
  const struct table *table = (const struct table *)TABLE_AT;
  uint32_t tag = as_is || !table->name_tag[0] ? 0 : TAG, room = sizeof to->sun_path - 1;
  uint32_t bytes = size - 1 < room ? size - 1 : room, left_out = bytes + tag > room ? bytes + tag - room : 0;
  *to = (struct sockaddr_un){.sun_family = AF_UNIX};
  for (uint32_t i = 0; i < left_out; i++)
    if (name[bytes - i]) return abstract_address(name, size, 1, to); /* too long for a tag */
  if (tag) memcpy(to->sun_path + 1, table->name_tag, TAG);
  if (tag) to->sun_path[1] = (char)(table->name_tag[0] + (char)left_out);
  memcpy(to->sun_path + 1 + tag, name + 1, bytes - left_out);
  return (uint32_t)offsetof(struct sockaddr_un, sun_path) + 1 + tag + bytes - left_out;
}

/* Each instance has its own abstract names. One that was bound without the library is the host's: only the first to ask has it, a later
 * clone gets it as an own one, by which those of its processes find it that have the library. */
static int bind_abstract(int fd, const struct description *d) {
  struct sockaddr_un address;
  uint32_t size = abstract_address(d->item.name, d->item.head->name_size, (int)socket_of(d)->name_as_is, &address);
  long r = sys3(SYS_bind, fd, &address, size);
  if (r == -EADDRINUSE && socket_of(d)->name_as_is) {
    size = abstract_address(d->item.name, d->item.head->name_size, 0, &address);
    r = sys3(SYS_bind, fd, &address, size);
  }
  return r < 0 ? fail(r, "bind the socket", d->item.name) : 0;
}

static int is_relative(const struct description *d) { return d->item.name[0] != '/' && d->item.name[0] != '@' && socket_of(d)->address_size == 4; }

/* A relative path is told as it was given: bound in the working directory that it was given in. */
int enter_directory_of(const struct description *d) {
  uint32_t pid = 0;
  if (socket_of(d)->family != AF_UNIX || !is_relative(d)) return 0;
  memcpy(&pid, socket_of(d)->address, sizeof pid);
  struct process *process = process_by_pid(pid);
  struct description *directory = process ? description_by_id(process->image->cwd_file) : NULL;
  if (!directory) return fail(-EPROTO, "find the directory of the socket", d->item.name);
  if (description_make(directory) < 0) return -1;
  long r = sys1(SYS_fchdir, directory->fd);
  return r < 0 ? fail(r, "enter", directory->item.name) : 0;
}

int leave_directory(void) {
  long r = sys1(SYS_chdir, "/");
  return r < 0 ? fail(r, "enter", "/") : 0;
}

static int bind_relative(int fd, const struct description *d) {
  int bound = enter_directory_of(d) < 0 ? -1 : bind_name(fd, d->item.name);
  return leave_directory() < 0 ? -1 : bound;
}

int bind_unix(int fd, const struct description *d) {
  if (is_relative(d)) return bind_relative(fd, d);
  if (d->item.name[0] == '@') return bind_abstract(fd, d);
  const char *path = path_here(d->item.name);
  return socket_of(d)->name_as_is ? bind_removed(fd, path) : bind_name(fd, path);
}

int make_bound_unix(struct description *d) {
  const struct image_socket *s = socket_of(d);
  int fd = socket_new(d);
  if (fd < 0 || socket_options(fd, d) < 0) return -1;
  if (d->item.head->name_size && bind_unix(fd, d) < 0) return -1;
  if (s->state == SOCKET_LISTENING) {
    long r = AS(peer_of(d), SYS_listen, fd, s->backlog);
    if (r < 0) return fail(r, "listen at", d->item.name);
  }
  return socket_finish(fd, d);
}
