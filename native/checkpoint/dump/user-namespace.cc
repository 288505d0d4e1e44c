#include "checkpoint/dump/user-namespace.h"

#include "checkpoint/dump/host-mounts.h"
#include "checkpoint/dump/namespace.h"

static bool entered = false;

void enter_user_namespace(pid_t init) {
  if (!has_own_namespace(init, user_namespace)) return;
  remember_host_mounts();
  join_namespace(init, user_namespace);
  entered = true;
}

bool in_user_namespace() { return entered; }
