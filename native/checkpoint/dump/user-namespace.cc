#include "checkpoint/dump/user-namespace.h"

#include <fcntl.h>
#include <sched.h>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-mounts.h"
#include "checkpoint/dump/host-proc.h"

static bool entered = false;

void enter_user_namespace(pid_t init) {
  if (proc_link(text("%d/ns/user", init)) == proc_link("self/ns/user")) return;
  remember_host_mounts();
  Descriptor space = proc_open(text("%d/ns/user", init), O_RDONLY);
  if (setns(space.get(), CLONE_NEWUSER) != 0) fail_call("enter the user namespace of the instance");
  entered = true;
}

bool in_user_namespace() { return entered; }
