/* Sockets by what they were doing. */
#ifndef FORGE_SOCKETS_H
#define FORGE_SOCKETS_H
#include "checkpoint/forge/image-index.h"
#include <netinet/in.h>
#include <sys/socket.h>

union inet_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

static inline const struct image_socket *socket_of(const struct description *d) { return d->item.data; }
/** The queued bytes, NULL when the record is too short for what it says. */
const char *socket_queue(const struct description *d);
/** A new socket like the recorded one, not bound; -1 after fail(). */
int socket_new(const struct description *d);
/** Puts on the options that differ from a new socket's; `after_bind`: those that only then make sense. */
int socket_options(int fd, const struct description *d);
/** O_NONBLOCK, shutdown: the last touch. */
int socket_finish(int fd, const struct description *d);

int make_bound_inet(struct description *d);   /* unbound, bound or listening */
int make_bound_unix(struct description *d);
/** A connection between two ends of this image: makes both descriptions. */
int make_connection(struct description *d);
/** A connection to outside, which a clone finds reset. */
int make_reset(struct description *d);

struct message { struct image_sender who; const char *from, *bytes; uint32_t from_size, size; }; /* of the queue of anything but a stream */
/** Takes the message at `at` apart; what follows it, or NULL when it isn't whole. */
const char *message_read(const char *at, const char *end, struct message *message);
/** The address of an abstract name ('@' first): with the tag of this instance, unless it was without one. Answers its size. */
struct sockaddr_un;
uint32_t abstract_address(const char *name, uint32_t size, int as_is, struct sockaddr_un *to);
/** A call that the kernel remembers its caller by, made by a process with that number and those ids. The kernel's answer. */
long call_as(struct image_sender who, long number, const long arguments[6]);
static inline struct image_sender peer_of(const struct description *d) {
  return (struct image_sender){socket_of(d)->peer_pid, socket_of(d)->peer_uid, socket_of(d)->peer_gid, 0};
}
#define AS(who, number, ...) call_as((who), (number), (const long[6]){__VA_ARGS__})
/** A connection that a listener of this image has not accepted yet. */
int make_waiting(struct description *d);
/** Gives a unix socket its recorded name. 0 or -1. */
int bind_unix(int fd, const struct description *d);
/** Where the name of a unix listener leads to it: its directory when it is a relative one. Go back to the root afterwards. 0 or -1. */
int enter_directory_of(const struct description *listener);
/** Back from there. 0 or -1. */
int leave_directory(void);
/** Writes what `receiver` had still to read into the other end. 0 or -1. */
int socket_refill(int sender, const struct description *receiver);
/** Sends the messages that waited in `receiver` to it (`to` NULL: to the other end), through `sender` or who `sender_of` says. 0 or -1. */
int send_messages(int sender, const struct description *receiver, const void *to, int to_size,
                  int (*sender_of)(const struct description *receiver, const struct message *message));
/** A unix queue that is full takes more from one alone: whom its socket is connected to. 1: it is now; 0: to nobody; -1. */
int datagrams_only_from_peer(const struct description *receiver);
/** When all sockets are there: what waits in connections to which descriptors are on their way. 0 or -1. */
int connections_finish(void);
/** When all sockets are there: datagrams that wait, from whom they came, and whom datagram sockets are connected to. 0 or -1. */
int datagrams_finish(void);
/** Connected to an address that is neither loopback nor a port of the instance's own. */
int leads_outside(const struct image_socket *s);
/** The address that stands for a recorded one here: a virtual port becomes the system's. Answers its size. */
uint32_t address_here(const void *recorded, uint32_t size, uint32_t type, union inet_address *to);
/** Notes that the socket's own port stands for the recorded one. 0 or -1. */
int port_keep(int fd, const struct description *d);

/** The virtual definition of a port (FIG. 6, steps 316-318; FIG. 9, 414-420): binds `fd` where the instance's table says, or
 *  to a free port of the loopback that is then written into the table. Answers the system port, or -1. */
int port_bind(int fd, const struct description *d);
/** Which virtual ports have been bound: for the answer. */
struct line;
void ports_answer(struct line *answer);
/** Fills in a loopback address of the family for the port. Answers its size. */
uint32_t loopback_address(union inet_address *address, int family, int as_ipv4, uint16_t port);
/** Makes a listener's address one that a socket of the family can connect to: IPv4 reaches a listener for both families. Answers its size. */
uint32_t address_for(int family, union inet_address *address);
#endif
