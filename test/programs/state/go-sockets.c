/* A program of Go's linker, whose calls are made by one instruction of its own: its ports are translated all the same, and such a call leaves
 * behind what the instruction would have left. Two threads wait in such calls meanwhile. */
#include "thread.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

__attribute__((section(".note.go.buildid"), aligned(4), used)) static const struct {
  uint32_t name_size, size, type;
  char name[4], id[4];
} note_of_go = {4, 4, 4, "Go", "id"};

void place(void); /* as Go 1.19 has it: the number in rax, the comparison behind the instruction */
__asm__(".text\nplace: syscall\n cmp $-4095, %rax\n jae 1f\n xor %ecx, %ecx\n ret\n1: mov $1, %ecx\n ret\n");

typedef double vector __attribute__((vector_size(16)));

static long go(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  register vector x15 __asm__("xmm15") = {1.5, -2.25};
  long result = number, first = a, second = b, third = c, failed;
  __asm__ volatile("sub $128, %%rsp\n call place\n add $128, %%rsp" /* below lies the compiler's own */
                   : "+a"(result), "+D"(first), "+S"(second), "+d"(third), "+r"(r10), "+r"(r8), "+r"(r9), "+x"(x15), "=c"(failed) : : "r11", "memory");
  long fourth = r10, fifth = r8, sixth = r9;
  vector kept = x15;
  if (first != a || second != b || third != c || fourth != d || fifth != e || sixth != f) fail("registers of call %ld\n", number);
  if (kept[0] != 1.5 || kept[1] != -2.25) fail("the last vector register, in call %ld\n", number);
  expect("the comparison", result < 0, failed);
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

enum { TCP = 38521, UDP = 38522, CALLERS = 8 };
static struct sockaddr_in tcp = {.sin_family = AF_INET}, udp = {.sin_family = AF_INET};
static int listener, receiver, taken;
static ssize_t received;
static struct sockaddr_in from;

static void wait_for_connection(void *none) {
  (void)none;
  taken = (int)must(go(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC, 0, 0));
}

static void wait_for_datagram(void *none) {
  static char text[8];
  socklen_t length = sizeof from;
  (void)none;
  received = must(go(SYS_recvfrom, receiver, (long)text, sizeof text, 0, (long)&from, (long)&length));
}

static int port_of(long call, int fd) {
  struct sockaddr_in here;
  socklen_t length = sizeof here;
  must(go(call, fd, (long)&here, (long)&length, 0, 0, 0));
  return ntohs(here.sin_port);
}

static int bound(int type, struct sockaddr_in *at, int port) {
  at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at->sin_port = htons((uint16_t)port);
  int fd = (int)must(go(SYS_socket, AF_INET, type, 0, 0, 0, 0));
  must(go(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&(int){1}, sizeof(int), 0));
  must(go(SYS_bind, fd, (long)at, sizeof *at, 0, 0, 0));
  return fd;
}

/* More than one at a time. */
static void call_over_and_over(void *none) {
  (void)none;
  for (int i = 0; i < 300; i++) {
    expect("the port of the listener", TCP, port_of(SYS_getsockname, listener));
    int fd = (int)must(go(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0));
    must(go(SYS_connect, fd, (long)&tcp, sizeof tcp, 0, 0, 0));
    expect("the port of its peer", TCP, port_of(SYS_getpeername, fd));
    must(go(SYS_close, fd, 0, 0, 0, 0, 0));
  }
}

int main(void) {
  begin();
  SEEN(&note_of_go);
  listener = bound(SOCK_STREAM, &tcp, TCP);
  receiver = bound(SOCK_DGRAM, &udp, UDP);
  must(listen(listener, 4096));
  expect_errno(EINVAL, go(SYS_bind, listener, (long)&tcp, sizeof tcp, 0, 0, 0));
  expect_errno(EFAULT, go(SYS_connect, receiver, 8, sizeof tcp, 0, 0, 0));
  struct sleeper connection, datagram, callers[CALLERS];
  sleep_in(&connection, wait_for_connection, NULL);
  sleep_in(&datagram, wait_for_datagram, NULL);
  await_go();
  int client = (int)must(go(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0)), sender = bound(SOCK_DGRAM, &(struct sockaddr_in){.sin_family = AF_INET}, UDP + 1);
  must(go(SYS_connect, client, (long)&tcp, sizeof tcp, 0, 0, 0));
  join(&connection);
  expect("what was sent", 5, must(go(SYS_sendto, client, (long)"hello", 5, 0, 0, 0)));
  expect("what came", 5, must(go(SYS_read, taken, (long)(char[8]){0}, 8, 0, 0, 0)));
  expect("the port of who accepted", TCP, port_of(SYS_getsockname, taken));
  struct iovec part = {"you", 3};
  struct msghdr message = {.msg_name = &udp, .msg_namelen = sizeof udp, .msg_iov = &part, .msg_iovlen = 1};
  must(go(SYS_sendmsg, sender, (long)&message, 0, 0, 0, 0));
  join(&datagram);
  expect("the size of the datagram", 3, received);
  expect("whom it is from", UDP + 1, ntohs(from.sin_port));
  for (int i = 0; i < CALLERS; i++) {
    callers[i].work = call_over_and_over;
    must_zero(pthread_create(&callers[i].thread, NULL, sleeper_main, &callers[i]));
  }
  for (int i = 0; i < CALLERS; i++) join(&callers[i]);
  done();
}
