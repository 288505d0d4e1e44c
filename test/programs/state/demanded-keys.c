/* A TCP listener that takes in nobody who doesn't sign with its key. */
#include "check.h"
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  begin();
  int listener = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  must(bind(listener, (struct sockaddr *)&address, sizeof address));
  struct tcp_md5sig key = {.tcpm_keylen = 6, .tcpm_key = "secret"};
  memcpy(&key.tcpm_addr, &address, sizeof address);
  must(setsockopt(listener, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key));
  must(listen(listener, 5));
  await_go();
  /* It still has it: only what is there can be taken away. */
  key.tcpm_keylen = 0;
  must(setsockopt(listener, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key));
  expect_errno(ENOENT, setsockopt(listener, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key));
  done();
}
