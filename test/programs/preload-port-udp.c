/* Datagrams to and from fixed ports, by every call that carries an address. */
#include "preload-sockets.h"

int main(int count, char **arguments) {
  struct table *table = start_inside(count, arguments, NULL);
  int server = new_socket(AF_INET, SOCK_DGRAM, 0), client = new_socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(bind_to(server, "0.0.0.0", 53) == 0 && bind_to(client, "127.0.0.1", 54) == 0);
  CHECK(same(own_name(server), "0.0.0.0 53") && kernel_port(server) != 53);
  CHECK(table->ports[0].type == SOCK_DGRAM && table->ports[1].virtual_port == 54);
  union address to = address_of("127.0.0.1", 53), from;
  socklen_t size = sizeof from;
  char bytes[16];
  CHECK(sendto(client, "one", 3, 0, &to.any, sizeof to.v4) == 3);
  CHECK(recvfrom(server, bytes, sizeof bytes, 0, &from.any, &size) == 3 && same(text_of(&from), "127.0.0.1 54"));
  CHECK(sendto(server, "two", 3, 0, &from.any, size) == 3);

  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
  CHECK(recvmsg(client, &message, 0) == 3 && memcmp(bytes, "two", 3) == 0 && same(text_of(&from), "127.0.0.1 53"));
  part.iov_len = 4;
  CHECK(sendmsg(client, &message, 0) == 4 && same(text_of(&from), "127.0.0.1 53"));
  CHECK(recv(server, bytes, sizeof bytes, 0) == 4);

  struct mmsghdr many[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
  CHECK(sendmmsg(client, many, 2, 0) == 2 && many[1].msg_len == 4);
  union address sources[2];
  for (int i = 0; i < 2; i++) many[i].msg_hdr.msg_name = &sources[i];
  for (int i = 0; i < 2; i++) many[i].msg_hdr.msg_namelen = sizeof sources[i];
  CHECK(recvmmsg(server, many, 2, 0, NULL) == 2 && same(text_of(&sources[1]), "127.0.0.1 54"));

  CHECK(connect_to(client, "127.0.0.1", 53) == 0 && same(peer_name(client), "127.0.0.1 53"));
  CHECK(send(client, "x", 1, 0) == 1 && recv(server, bytes, sizeof bytes, 0) == 1);
  CHECK(sendto(client, "x", 1, 0, (void *)8, 16) == -1 && errno == EFAULT);
  return 0;
}
