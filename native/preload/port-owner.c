/* Whose socket holds a port that can't be bound: the instance's, or a stranger's on the same host? Asked only after EADDRINUSE.
 * The instance's processes are those that its own /proc shows; under the preload mechanism that is the host's, and they are those that have an id. What they bind is on loopback: a socket on every address only looks for the moment
 * whether a port is held (port-table.c), in whatever process, or is a stranger's. */
#include "preload/ids.h"
#include "preload/ports.h"
#include <fcntl.h>

#define INODES 16
struct holders { uint64_t inode[INODES]; int count; };

struct entry64 { uint64_t inode; int64_t offset; uint16_t size; uint8_t type; char name[]; };

static bool number(const char *text, uint64_t *value) {
  if (*text < '0' || *text > '9') return false;
  for (*value = 0; *text >= '0' && *text <= '9'; text++) *value = *value * 10 + (uint64_t)(*text - '0');
  return true;
}

/* Calls `each` for the entries of `directory` whose names are numbers, until it says true. */
static bool any_numbered(long directory, bool (*each)(long directory, const char *name, const void *context), const void *context) {
  char buffer[1024] __attribute__((aligned(8)));
  long got;
  while ((got = raw3(SYS_getdents64, directory, buffer, sizeof buffer)) > 0)
    for (long at = 0; at < got;) {
      const struct entry64 *entry = (const struct entry64 *)(buffer + at);
      uint64_t ignored;
      if (number(entry->name, &ignored) && each(directory, entry->name, context)) return true;
      at += entry->size;
    }
  return false;
}

struct wanted { int type; uint16_t port; bool listed; struct holders holders; };

static bool own_socket(long directory, const char *name, const void *context) {
  (void)directory;
  const struct wanted *wanted = context;
  uint64_t fd;
  union address now = {0};
  uint32_t size = sizeof now;
  if (!number(name, &fd) || raw3(SYS_getsockname, fd, &now, &size) != 0) return false;
  bool inet = now.any.sa_family == AF_INET || now.any.sa_family == AF_INET6;
  return inet && !address_is_any(&now) && address_port(&now) == wanted->port && socket_type((int)fd) == wanted->type;
}

static bool link_holds(long directory, const char *name, const void *context) {
  const struct holders *holders = &((const struct wanted *)context)->holders;
  char link[64] = {0};
  uint64_t inode;
  long got = raw4(SYS_readlinkat, directory, name, link, sizeof link - 1);
  if (got < 9 || memcmp(link, "socket:[", 8) != 0 || !number(link + 8, &inode)) return false;
  for (int i = 0; i < holders->count; i++)
    if (holders->inode[i] == inode) return true;
  return false;
}

/* A process that may not be looked into counts as a holder: better an honest EADDRINUSE than a port torn from a sibling. */
static bool process_holds(long proc, const char *name, const void *context) {
  char path[40];
  size_t i = 0;
  uint64_t pid;
  if (ids_on() && number(name, &pid) && pid_shown((pid_t)pid) == 0) return false;
  while (name[i] != '\0' && i < 24) path[i] = name[i], i++;
  memcpy(path + i, "/fd", 4);
  long fds = raw4(SYS_openat, proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fds < 0) return fds == -EACCES;
  bool held = any_numbered(fds, link_holds, context);
  raw_close(fds);
  return held;
}

static bool in_directory(const char *path, bool (*each)(long, const char *, const void *), const void *context) {
  long directory = raw_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  bool found = any_numbered(directory, each, context);
  raw_close(directory);
  return found;
}

/* One line of /proc/net/tcp and its kin: "N: ADDRESS:PORT ADDRESS:PORT STATE A:B C:D E UID TIMEOUT INODE ..." */
static void read_holder(const char *line, struct wanted *wanted) {
  int field = 0;
  const char *at = line;
  uint64_t inode;
  for (;; field++) {
    while (*at == ' ') at++;
    if (*at == '\0' || field == 9) break;
    if (field == 1) {
      bool any = true;
      for (; *at != ':' && *at != '\0'; at++) any &= *at == '0';
      unsigned port = 0;
      while (*at != '\0' && *++at != ' ' && *at != '\0') port = port * 16 + (unsigned)(*at <= '9' ? *at - '0' : (*at | 32) - 'a' + 10);
      if (any || port != wanted->port) return;
    }
    while (*at != ' ' && *at != '\0') at++;
  }
  struct holders *holders = &wanted->holders;
  wanted->listed = true;
  if (number(at, &inode) && inode != 0 && holders->count < INODES) holders->inode[holders->count++] = inode;
}

static void read_holders(const char *path, struct wanted *wanted) {
  char line[256], buffer[512];
  size_t length = 0;
  long fd = raw_open(path, O_RDONLY | O_CLOEXEC), got;
  if (fd < 0) return;
  while ((got = raw3(SYS_read, fd, buffer, sizeof buffer)) > 0)
    for (long i = 0; i < got; i++) {
      if (buffer[i] != '\n') {
        if (length < sizeof line - 1) line[length++] = buffer[i];
        continue;
      }
      line[length] = '\0';
      read_holder(line, wanted);
      length = 0;
    }
  raw_close(fd);
}

/* A stream that is bound and doesn't listen yet stands in no list. On every address it would hold this one too, which no other thread tries. */
static bool held_on_loopback(uint16_t port) {
  uint32_t own = 0x7f400000u | (uint32_t)raw3(SYS_gettid, 0, 0, 0);
  union address other = {.v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(own)}};
  long fd = raw3(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  long result = raw3(SYS_bind, fd, &other, sizeof other.v4);
  raw_close(fd);
  return result == 0;
}

bool port_is_ours(int type, uint16_t port) {
  struct wanted wanted = {.type = type, .port = port};
  if (in_directory("/proc/self/fd", own_socket, &wanted)) return true;
  read_holders(type == SOCK_STREAM ? "/proc/net/tcp" : "/proc/net/udp", &wanted);
  read_holders(type == SOCK_STREAM ? "/proc/net/tcp6" : "/proc/net/udp6", &wanted);
  if (wanted.holders.count > 0) return in_directory("/proc", process_holds, &wanted);
  return type == SOCK_STREAM && !wanted.listed && held_on_loopback(port);
}
