/* LOG_PID: libc writes its own pid behind the program's name, by a call of its own. Here it is part of that name: what is written is the same. */
#include "preload/ids.h"
#include "preload/proc.h"
#include "preload/syslog.h"
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LONGEST 200 /* bytes of a name; of a longer one the pid is the system's */

/* Two: another thread may just be writing with the former one. */
static char names[2][LONGEST + 16];
static _Atomic(char *) number; /* where the pid stands; NULL: nowhere */

static void put_number(char *at) {
  *at++ = '[';
  strcpy(proc_put(at, getpid()), "]");
}

void syslog_renumber(void) {
  char *at = number;
  if (at != NULL) put_number(at);
}

static _Atomic int wished; /* the options of the last openlog() */

EXPORT void openlog(const char *name, int options, int facility) {
  const char *given = name != NULL ? name : program_invocation_short_name;
  size_t length = given != NULL && (options & LOG_PID) != 0 && ids_on() ? strlen(given) : LONGEST;
  if (length >= LONGEST) {
    number = NULL;
    NEXT(openlog)(name, options, facility);
    return;
  }
  char *before = number, *own = before >= names[1] && before < names[2] ? names[0] : names[1];
  memcpy(own, given, length);
  put_number(own + length);
  number = own + length;
  wished = options;
  NEXT(openlog)(own, options & ~LOG_PID, facility);
}

/* What is logged afterwards has the options still, and the program's own name. */
EXPORT void closelog(void) {
  NEXT(closelog)();
  if (number != NULL) openlog(NULL, wished & ~LOG_NDELAY, 0);
}
