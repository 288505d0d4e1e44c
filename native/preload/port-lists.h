#ifndef PRELOAD_PORT_LISTS_H
#define PRELOAD_PORT_LISTS_H
#include <stddef.h>
/* The two ends in a line of /proc/net/{tcp,udp}[6], written anew where they stand; `type` as of a socket. */
void port_list_line(char *at, char *end, int type);
/* An answer of the kernel's, if it is one about sockets. */
void port_list_answer(int fd, void *bytes, size_t size);
#endif
