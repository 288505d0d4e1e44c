/* Between the forge and one init: packets on a socket pair. The forge's end is told by the kernel who sends, in its own
 * pid namespace: that is how system ids are learnt (FIG. 10-13: virtual id -> system id) without reading /proc. */
#ifndef FORGE_CHANNEL_H
#define FORGE_CHANNEL_H
#include "checkpoint/forge/sys.h"
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 32768

/** The forge's end in ends[0]. 0 or the kernel's answer. */
long channel_open(int ends[2]);
/** Sends the order (and when it arrived) in as many packets as it needs. 0 or the kernel's answer. */
long channel_order(int end, const char *text, size_t size, int64_t arrived_ns);
/** The init's side: the whole order on the heap, NULL when the forge has gone. */
char *channel_receive_order(int end, int64_t *arrived_ns);

#define SAYS_PROCESS 'P' /* + virtual pid: "I, whom the kernel names to you, am this one" */
#define SAYS_ANSWER 'A'  /* + fields */
#define SAYS_FAILED 'F'  /* + errno TAB message */
/** Sends one packet of `kind` followed by `text`. 0 or the kernel's answer. */
long channel_say(int end, char kind, const char *text);
/** Says which virtual pid the caller is. */
MUST_LOOK long channel_say_process(int end, int pid);
/** The forge's side: the answer has been taken. 0 or the kernel's answer. */
long channel_release(int end);
/** The init's side: waits for that. -1 when the forge has gone. */
int channel_await_release(int end);
/** Receives what was said without waiting; `*sender` is the sender's pid here. Bytes, 0 at the end, -EAGAIN. */
long channel_hear(int end, char *packet, size_t size, int *sender);
#endif
