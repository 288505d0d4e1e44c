/* A port that is in use: EADDRINUSE as the kernel would say it when the instance's own socket has it, in this process or another,
 * and another system port when a stranger does. */
#include "preload-sockets.h"

static int bound(uint16_t port, int reuse_port) {
  int fd = new_socket(AF_INET, SOCK_STREAM, reuse_port);
  if (bind_to(fd, "0.0.0.0", port) == 0) {
    CHECK(listen(fd, 4) == 0);
    return fd;
  }
  CHECK(errno == EADDRINUSE);
  close(fd);
  return -1;
}

/* A socket that the table knows nothing of, as another program on the host would have it. */
static int stranger_on(uint16_t port) {
  int fd = new_socket(AF_INET, SOCK_STREAM, 0);
  union address a = address_of("127.0.0.1", port);
  CHECK(syscall(SYS_bind, fd, &a, sizeof a.v4) == 0 && listen(fd, 1) == 0);
  return fd;
}

static void renews(struct table *table) {
  int gate[2], done[2];
  int fd = bound(700, 0);
  uint16_t before = table->ports[2].system_port;
  CHECK(fd >= 0 && before == kernel_port(fd));
  close(fd);
  CHECK(pipe2(gate, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0);
  pid_t child = fork();
  if (child == 0) {
    stranger_on(before);
    CHECK(write(done[1], "x", 1) == 1);
    char byte;
    CHECK(read(gate[0], &byte, 1) == 1);
    _exit(0);
  }
  char byte;
  CHECK(read(done[0], &byte, 1) == 1);
  CHECK(bound(700, 0) == -1); /* it shows in our /proc: one of us */
  CHECK(write(gate[1], "x", 1) == 1 && waitpid(child, NULL, 0) == child);
  /* A holder that no process here shows: a socket that lives only in a message under way. */
  int pair[2], hidden = stranger_on(before);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec one = {"x", 1};
  struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(head), &hidden, sizeof hidden);
  CHECK(sendmsg(pair[0], &message, 0) == 1);
  close(hidden);
  fd = bound(700, 0);
  CHECK(fd >= 0 && table->ports[2].system_port != before && table->ports[2].system_port == kernel_port(fd));
  CHECK(same(own_name(fd), "0.0.0.0 700"));
}

static int datagrams(uint16_t port) {
  int fd = new_socket(AF_INET, SOCK_DGRAM, 0);
  if (bind_to(fd, "127.0.0.1", port) == 0) return fd;
  CHECK(errno == EADDRINUSE);
  close(fd);
  return -1;
}

/* As a process looks whether a port is held: on every address, of both families, past the library. */
static int looking_at(uint16_t port) {
  int fd = new_socket(AF_INET6, SOCK_DGRAM, 0), no = 0;
  union address any = address_of("::", port);
  CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0);
  CHECK(syscall(SYS_bind, fd, &any, sizeof any.v6) == 0);
  return fd;
}

/* Who only looks whether a port is held does not hold it, however long he is interrupted meanwhile: not another process, and not a thread of this one. */
static void looked_at(struct table *table) {
  int gate[2], done[2], status;
  char byte;
  int fd = datagrams(710);
  uint16_t before = (uint16_t)kernel_port(fd);
  close(fd);
  CHECK(pipe2(gate, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0);
  pid_t child = fork();
  if (child == 0) {
    looking_at(before);
    CHECK(write(done[1], "x", 1) == 1 && read(gate[0], &byte, 1) == 1);
    _exit(0);
  }
  CHECK(read(done[0], &byte, 1) == 1);
  fd = datagrams(710);
  CHECK(fd >= 0 && kernel_port(fd) != before && same(own_name(fd), "127.0.0.1 710"));
  CHECK(datagrams(710) == -1); /* that one holds it */
  CHECK(write(gate[1], "x", 1) == 1 && waitpid(child, &status, 0) == child && status == 0);
  before = (uint16_t)kernel_port(fd);
  close(fd);
  int own = looking_at(before);
  fd = datagrams(710);
  CHECK(fd >= 0 && kernel_port(fd) != before);
  close(own);
  close(fd);
  int entries = 0;
  for (int i = 0; i < TABLE_PORTS; i++) entries += table->ports[i].state == ENTRY_USED && table->ports[i].virtual_port == 710;
  CHECK(entries == 1);
}

int main(int count, char **arguments) {
  struct table *table = start_inside(count, arguments, NULL);
  int first = bound(600, 0);
  CHECK(first >= 0 && bound(600, 0) == -1);
  pid_t child = fork();
  if (child == 0) {
    close(first);
    _exit(bound(600, 0) == -1 ? 0 : 1);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  close(first);
  first = new_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind_to(first, "0.0.0.0", 600) == 0); /* and doesn't listen yet: no list of the kernel's has it */
  int six = new_socket(AF_INET6, SOCK_STREAM, 0);
  CHECK(bind_to(six, "::1", 601) == 0);
  child = fork();
  if (child == 0) {
    close(first);
    close(six);
    six = new_socket(AF_INET6, SOCK_STREAM, 0);
    _exit(bound(600, 0) == -1 && bind_to(six, "::1", 601) == -1 && errno == EADDRINUSE ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(listen(first, 4) == 0 && listen(six, 4) == 0);
  close(six);
  close(first);
  first = bound(600, 1);
  int second = bound(600, 1);
  CHECK(first >= 0 && second >= 0 && kernel_port(first) == kernel_port(second));
  CHECK(bound(600, 0) == -1);
  close(first);
  close(second);
  renews(table);
  looked_at(table);
  return 0;
}
