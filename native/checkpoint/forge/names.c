#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

static size_t length_of(const char *name, size_t most) {
  size_t length = 0;
  while (length < most && name[length]) length++;
  return length;
}

int names_set(void) {
  const struct image_names *names = image.names;
  if (!names) return 0;
  if (init.plain) return fail(-EINVAL, "give the machine", "a name of an image's"); /* without namespaces nobody has changed it for himself alone */
  long r = sys2(SYS_sethostname, names->host, length_of(names->host, sizeof names->host));
  if (r >= 0) r = sys2(SYS_setdomainname, names->domain, length_of(names->domain, sizeof names->domain));
  return r < 0 ? fail(r, "set", "the instance's host name") : 0;
}
