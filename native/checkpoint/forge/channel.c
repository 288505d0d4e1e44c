#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/channel.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/text.h"
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define ORDER_GOES_ON 'O'
#define ORDER_ENDS 'E'
#define ANSWER_TAKEN 'T'
#define ORDER_MAX (8u << 20)
struct order_head { char kind[8]; int64_t arrived_ns; uint64_t total; };

long channel_open(int ends[2]) {
  long r = sys4(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
  if (r < 0) return r;
  int on = 1;
  return sys5(SYS_setsockopt, ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

long channel_order(int end, const char *text, size_t size, int64_t arrived_ns) {
  struct order_head head = {.arrived_ns = arrived_ns, .total = size};
  do {
    size_t part = size > PACKET_MAX ? PACKET_MAX : size;
    head.kind[0] = part == size ? ORDER_ENDS : ORDER_GOES_ON;
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)text, part}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    long r = sys3(SYS_sendmsg, end, &message, MSG_NOSIGNAL);
    if (r < 0) return r;
    text += part;
    size -= part;
  } while (size);
  return 0;
}

char *channel_receive_order(int end, int64_t *arrived_ns) {
  char *text = NULL;
  for (size_t size = 0;;) {
    struct order_head head;
    static char part[PACKET_MAX];
    struct iovec parts[2] = {{&head, sizeof head}, {part, sizeof part}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    long n = sys3(SYS_recvmsg, end, &message, 0);
    if (n == -EINTR) continue;
    if (n < (long)sizeof head || head.total > ORDER_MAX) return NULL;
    if (!text && !(text = heap_take(head.total + 1))) return NULL;
    size_t got = (size_t)n - sizeof head;
    if (size + got > head.total) return NULL;
    memcpy(text + size, part, got);
    size += got;
    *arrived_ns = head.arrived_ns;
    if (head.kind[0] == ORDER_ENDS) return text;
  }
}

long channel_say(int end, char kind, const char *text) {
  struct iovec parts[2] = {{&kind, 1}, {(void *)text, strlen(text)}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  return sys3(SYS_sendmsg, end, &message, MSG_NOSIGNAL);
}

/* An init that never hears of it ends, and the answer has been given: what the kernel may have again in a moment is asked for again. */
long channel_release(int end) {
  enum { TRIES = 100 };
  const struct timespec pause = {0, 1000000};
  char done = ANSWER_TAKEN;
  long r = sys6(SYS_sendto, end, &done, 1, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
  for (int i = 0; i < TRIES && (r == -ENOMEM || r == -ENOBUFS); i++) {
    regardless(sys2(SYS_nanosleep, &pause, 0));
    r = sys6(SYS_sendto, end, &done, 1, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
  }
  return r;
}

int channel_await_release(int end) {
  enum { TRIES = 3 }; /* a failure of the moment would end an instance that has been told of */
  char done = 0;
  long n;
  for (int i = 0; (n = sys_read(end, &done, 1)) < 0 && (n == -EINTR || ++i < TRIES);) {}
  return n == 1 && done == ANSWER_TAKEN ? 0 : -1;
}

long channel_say_process(int end, int pid) {
  char number[24];
  struct line line = line_in(number, sizeof number);
  put_number(&line, pid);
  return channel_say(end, SAYS_PROCESS, number);
}

long channel_hear(int end, char *packet, size_t size, int *sender) {
  union { struct cmsghdr head; char room[64]; } control;
  struct iovec part = {packet, size - 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  long n = sys3(SYS_recvmsg, end, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0) return n;
  packet[n] = 0;
  *sender = 0;
  if (message.msg_controllen >= sizeof control.head && control.head.cmsg_type == SCM_CREDENTIALS)
    memcpy(sender, control.room + CMSG_LEN(0), sizeof *sender);
  return n;
}
