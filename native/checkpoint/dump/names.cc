#include "checkpoint/dump/names.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/namespace.h"

static image_names usual;

static image_names names_now() {
  utsname now{};
  if (uname(&now) != 0) fail_call("ask for the host's name");
  image_names out{};
  memcpy(out.host, now.nodename, std::min(sizeof out.host, strlen(now.nodename)));
  memcpy(out.domain, now.domainname, std::min(sizeof out.domain, strlen(now.domainname)));
  return out;
}

void enter_names(pid_t init) {
  usual = names_now();
  if (has_own_namespace(init, uts_namespace)) join_namespace(init, uts_namespace);
}

// The machine's own name is another one on another machine, and whoever was content with it is so there.
void record_names(Records &records) {
  image_names now = names_now();
  if (memcmp(&now, &usual, sizeof now) != 0) records.add(RECORD_NAMES, 0, "", now);
}
