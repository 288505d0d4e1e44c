/* capget and capset name a thread in their header, as libcap-ng does with the caller's own id. */
#include "preload/ids.h"

struct capability_header { uint32_t version; int pid; };

static int with_system(struct capability_header *given, void *data, int (*call)(struct capability_header *, void *)) {
  if (!ids_on() || !readable(given, sizeof *given) || given->pid <= 0) return call(given, data);
  struct capability_header changed = *given;
  long system = pid_argument(given->pid);
  if (system < 0) return refused(-ESRCH);
  changed.pid = (int)system;
  int result = call(&changed, data);
  given->version = changed.version; /* the kernel says which it wants */
  return result;
}

EXPORT int capget(struct capability_header *header, void *data);
EXPORT int capget(struct capability_header *header, void *data) { return with_system(header, data, NEXT(capget)); }
EXPORT int capset(struct capability_header *header, void *data);
EXPORT int capset(struct capability_header *header, void *data) { return with_system(header, data, NEXT(capset)); }
