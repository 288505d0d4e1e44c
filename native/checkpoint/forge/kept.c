#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/kept.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/text.h"
#include <sys/uio.h>
#include <sys/un.h>

static int holder = -1;

/* An id and the descriptor that came with it; both are nothing at the end. */
static long receive(uint32_t *id, int *fd) {
  union { struct cmsghdr head; char room[64]; } control;
  struct iovec part = {id, sizeof *id};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  *fd = -1;
  long n = sys3(SYS_recvmsg, holder, &message, MSG_CMSG_CLOEXEC);
  if (n != sizeof *id) return n < 0 ? n : -EPROTO;
  if (message.msg_controllen >= sizeof control.head && control.head.cmsg_type == SCM_RIGHTS) memcpy(fd, control.room + CMSG_LEN(0), sizeof *fd);
  return 0;
}

static int receive_all(const char *path) {
  for (;;) {
    uint32_t id = 0;
    int fd;
    long r = receive(&id, &fd);
    if (r < 0) return fail(r, "take the sockets that are kept at", path);
    if (fd < 0) return 0;
    struct description *d = description_by_id(id);
    if (!d || d->item.head->type != RECORD_SOCKET) return fail_number(-EPROTO, "find the socket that was kept, number", id);
    if ((d->kept = move_high(fd, "a kept socket")) < 0) return -1;
  }
}

int kept_open(const struct order *order) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  for (uint32_t i = 0; i < image.description_count; i++) image.descriptions[i].kept = -1;
  const char *path = order_value(order, "kept");
  if (!path) return 0;
  if (strlen(path) >= sizeof address.sun_path) return fail(-ENAMETOOLONG, "connect to", path);
  memcpy(address.sun_path, path, strlen(path));
  long fd = sys3(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "make a socket for", path);
  if (sys3(SYS_connect, fd, &address, sizeof address) < 0) {
    sys_close(fd); /* it ended, with the machine perhaps: then its peers have been told by the kernel */
    return 0;
  }
  if ((holder = move_high(fd, path)) < 0) return -1;
  return receive_all(path);
}

int kept_take(struct description *d) {
  int fd = d->kept;
  d->kept = -1;
  if (fd < 0) return -1;
  const struct image_socket *s = socket_of(d);
  if (s->family != AF_UNIX && port_keep(fd, d) < 0) return -1;
  return fd;
}

int kept_spare(void) {
  if (holder < 0) return 0;
  long low = sys3(SYS_fcntl, holder, F_DUPFD_CLOEXEC, 3);
  if (low < 0) return fail(low, "go on talking with", "the sockets' holder");
  if (low >= high_base()) { /* nothing is free below: then it is told now */
    sys_close(low);
    return kept_taken();
  }
  holder = (int)low;
  return 0;
}

int kept_taken(void) {
  if (holder < 0) return 0;
  char taken = 'T';
  long n = sys_write(holder, &taken, 1);
  sys_close(holder);
  holder = -1;
  return n == 1 ? 0 : fail(n < 0 ? n : -EIO, "take over the sockets from", "their holder");
}
