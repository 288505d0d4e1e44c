/* The forge's side of every init that isn't on its own yet: spare (no order so far) or busy with one. */
#ifndef FORGE_INSTANCES_H
#define FORGE_INSTANCES_H
#include <poll.h>
#include <stdint.h>

#define INSTANCES 128
#define SPARES 4
#define ANSWER_MAX 65536

/* PLAIN: a spare without pid and IPC namespaces (mode=preload), made when it is wanted. HELD: restored whole, in synchronized wait
 * until its client asks for it, and ended with that client. */
enum instance_state { INSTANCE_FREE = 0, INSTANCE_SPARE, INSTANCE_PLAIN, INSTANCE_BUSY, INSTANCE_HELD, INSTANCE_FAILED };

struct instance {
  enum instance_state state;
  int channel, pidfd, pid; /* pid: of the init, as the forge sees it */
  int client, serial;      /* who asked */
  char id[64];             /* of the request */
  int launch;              /* the order is a launch: its answer names the one process `system=` */
  int hold;                /* the order is a restore that ends at the synchronized wait */
  int64_t deadline_ns;
  char failure[2048];      /* errno TAB message, while the init's end is waited for */
  uint32_t pid_fields;     /* bytes of `pid=V:H` fields collected in pids */
  char pids[ANSWER_MAX];
};
extern struct instance instances[INSTANCES];

/** Makes one more spare. 0 or the kernel's negative answer. */
long instance_spawn(void);
int instance_spares(void);
/** Gives the order to a spare (made now if there is none). 0 or the kernel's negative answer. */
long instance_give(const char *id, const char *order, int client, int serial, int64_t arrived_ns);
/** Lets a held instance go. 0, or -ESRCH when this client holds none with that init. */
long instance_resume(const char *id, const char *order, int client, int serial, int64_t arrived_ns);
/** A client has gone: ends what was held for it. */
void instances_forsake(int client, int serial);
/** Reads what it says; answers its client when there is an answer. */
void instance_hear(struct instance *instance);
/** Its init has ended: answers the failure that waited for that, and frees it. */
void instance_ended(struct instance *instance);
/** Ends what has taken longer than it may. Answers the nanoseconds until the next deadline, -1 for none. */
int64_t instance_deadlines(void);
#endif
