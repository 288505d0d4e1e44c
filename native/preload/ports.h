/* Translation of fixed ports: what an application binds becomes a free port on loopback, and back wherever it is told. */
#ifndef PRELOAD_PORTS_H
#define PRELOAD_PORTS_H
#include "preload/inside.h"
#include "shared/port-words.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* NULL: ports are as they are. */
struct table *ports_table(void);
bool ports_used(const struct table *table, int type);
struct table_port *port_by_virtual(struct table *table, int type, uint16_t port);
struct table_port *port_by_system(struct table *table, int type, uint16_t port);
/* The entry of this virtual port, made if need be: with this system port, or with one that is free (0). NULL: the table is full or may not be written. */
struct table_port *port_claim(struct table *table, int type, uint16_t port, uint16_t system, const union address *asked);
/* A new system port in place of `taken`, if that still stands there. */
bool port_renew(struct table *table, struct table_port *entry, uint16_t taken);
/* The entry that an address of the system's stands for, of a socket's own end and of a peer: by its port, and for others than loopback where that
 * port is bound on every address. `type` 0: ask the socket. NULL: it is as it is. */
const struct table_port *port_of_own(int fd, int type, const union address *a);
const struct table_port *port_of_peer(int fd, int type, const union address *a);
void port_note(struct table_port *entry, const union address *asked);
static inline uint64_t port_now(const struct table_port *entry) { return PORT_LOAD(&entry->word); }
static inline uint16_t system_port(const struct table_port *entry) { return port_system(port_now(entry)); }

/* Some process of this instance has a socket on this system port. */
bool port_is_ours(int type, uint16_t port);

/* 0, SOCK_STREAM or SOCK_DGRAM: ports exist for TCP and UDP only. */
int socket_type(int fd);
int socket_option(int fd, int level, int name);

bool address_copy(union address *to, const struct sockaddr *from, socklen_t length);
static inline uint16_t address_port(const union address *a) { return ntohs(a->v4.sin_port); } /* the same place in both */
bool address_is_any(const union address *a);
bool address_is_loopback(const union address *a);
void address_to_loopback(union address *a, bool dual);
/* A target as the system knows it (false: untouched), and a peer as the application does. `type` 0: ask the socket. */
bool address_to_system(int fd, int type, union address *a);
void address_to_virtual(int fd, int type, struct sockaddr *at, socklen_t room);
void address_as_asked(const struct table_port *entry, union address *a, bool connected);

static inline socklen_t address_size(const union address *a) {
  return a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}
#endif
