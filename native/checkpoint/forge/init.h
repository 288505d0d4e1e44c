/* Virtual process 1 of an instance. */
#ifndef FORGE_INIT_H
#define FORGE_INIT_H
#include "checkpoint/forge/order.h"
#include <stdint.h>

/* What an init holds while it makes its instance. */
struct init {
  int channel;
  int host_namespace, own_namespace;
  int host_root; /* -1: see forge.h */
  int status;               /* the status= file */
  int stdio[3];
  int held;                 /* the order ends at the synchronized wait: another one resumes */
  int plain;                /* no pid and IPC namespaces: orphans come here as to a subreaper */
  int main_pid;             /* as the init sees it; 0 = it had ended before */
  int64_t arrived_ns, deadline_ns;
  struct order order;
};
extern struct init init;

/** The whole life of an init; never returns. */
_Noreturn void init_main(int channel, int plain);

/* The two verbs: each makes the instance and writes the fields of its answer (after `init=`) to `answer`. 0 or -1. */
struct line;
int launch(struct line *answer);
int restore(struct line *answer);
#endif
