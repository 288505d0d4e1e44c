/* They would be killed with the namespace, and under the preload mechanism by the daemon once the init has ended: a command that ends the
 * application may still say so. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/guests.h"
#include "checkpoint/forge/init.h"
#include "shared/id-words.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

/* The instance's table where processes are known by it alone; NULL elsewhere, and where it can't be had. */
static struct table *open_table(void) {
  long fd = init.plain ? sys_open("/.appshot/table", O_RDWR | O_CLOEXEC, 0) : -1;
  if (fd < 0) return NULL;
  long at = sys_map(0, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  sys_close(fd);
  if (is_error(at)) return NULL;
  struct table *table = (struct table *)at;
  return table->magic == TABLE_MAGIC && table->version == TABLE_VERSION ? table : NULL;
}

/* A process, and the very one that the word is of. Threads are not asked for: their process is there too. */
static bool lives(uint64_t word) {
  struct stat about;
  long fd = sys2(SYS_pidfd_open, id_system(word), 0);
  if (fd < 0) return false;
  long r = sys2(SYS_fstat, fd, &about);
  sys_close(fd);
  return r >= 0 && id_cookies_agree(id_cookie_from(about.st_ino), id_cookie_of(word));
}

static bool any_in(struct table *table) {
  for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
    uint64_t word = ID_LOAD(&table->ids[slot]);
    if (id_state(word) == ID_USED && id_type(word) == ID_PID && lives(word)) return true;
  }
  return false;
}

void let_guests_leave(void) {
  enum { LOOKS = 200 };
  const struct timespec pause = {0, 5000000};
  struct table *table = open_table();
  if (init.plain && !table) return;
  for (int i = 0; i < LOOKS && (table ? any_in(table) : sys2(SYS_kill, -1, 0) >= 0); i++) regardless(sys2(SYS_nanosleep, &pause, 0));
}
