#include "checkpoint/dump/namespace.h"

#include <fcntl.h>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

bool has_own_namespace(pid_t init, const NamespaceKind &kind) {
  return proc_link(text("%d/ns/%s", init, kind.file)) != proc_link(text("self/ns/%s", kind.file));
}

void join_namespace(pid_t init, const NamespaceKind &kind) {
  Descriptor space = proc_open(text("%d/ns/%s", init, kind.file), O_RDONLY);
  if (setns(space.get(), kind.flag) != 0) fail_call("enter the %s namespace of the instance", kind.words);
}
