/* What the kernel knows of a socket. */
#include "preload/ports.h"

int socket_option(int fd, int level, int name) {
  int value = 0;
  uint32_t size = sizeof value;
  return raw5(SYS_getsockopt, fd, level, name, &value, &size) == 0 ? value : -1;
}

int socket_type(int fd) {
  int type = socket_option(fd, SOL_SOCKET, SO_TYPE);
  if (type != SOCK_STREAM && type != SOCK_DGRAM) return 0;
  int protocol = socket_option(fd, SOL_SOCKET, SO_PROTOCOL);
  if (type == SOCK_DGRAM) return protocol == IPPROTO_UDP ? type : 0;
  return protocol == IPPROTO_TCP || protocol == 262 /* IPPROTO_MPTCP */ ? type : 0;
}
