/* Filters of what comes to a socket: by the first byte of a datagram, and one that nobody can take off again. */
#include "file.h"
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void filter(int fd, size_t at, char first) {
  struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (unsigned)at), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)first, 0, 1),
                               BPF_STMT(BPF_RET | BPF_K, 0xffff), BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog program = {4, code};
  must(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

int main(void) {
  begin();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int pair[2], receiver = (int)must(socket(AF_INET, SOCK_DGRAM, 0)), sender = (int)must(socket(AF_INET, SOCK_DGRAM, 0));
  must(bind(receiver, (struct sockaddr *)&address, sizeof address));
  must(getsockname(receiver, (struct sockaddr *)&address, &length));
  filter(receiver, 8, 'a'); /* behind the head of UDP */
  must(sendto(sender, "before", 6, 0, (struct sockaddr *)&address, sizeof address));
  must(sendto(sender, "aloud", 5, 0, (struct sockaddr *)&address, sizeof address));
  must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  filter(pair[1], 0, 'b');
  must(setsockopt(pair[1], SOL_SOCKET, SO_LOCK_FILTER, &(int){1}, sizeof(int)));
  await_go();
  must(getsockname(receiver, (struct sockaddr *)&address, &length));
  must(sendto(sender, "beyond", 6, 0, (struct sockaddr *)&address, sizeof address));
  must(sendto(sender, "again", 5, 0, (struct sockaddr *)&address, sizeof address));
  expect_text("what came before", "aloud", next_text(receiver, 99));
  expect_text("what comes since", "again", next_text(receiver, 99));
  must(send(pair[0], "bee", 3, 0));
  expect_text("what passes", "bee", next_text(pair[1], 99));
  int refused = (int)send(pair[0], "ant", 3, MSG_DONTWAIT);
  expect("what does not", true, refused == -1 || recv(pair[1], &(char){0}, 1, MSG_DONTWAIT) == -1);
  expect_errno(EPERM, setsockopt(pair[1], SOL_SOCKET, SO_DETACH_FILTER, &(int){0}, sizeof(int)));
  done();
}
