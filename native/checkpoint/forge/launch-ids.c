#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/launch-ids.h"
#include "checkpoint/forge/shared.h"
#include "shared/id-words.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct table *table;

static const char path[] = "/.appshot/table";

int launch_ids_open(int init_pid) {
  table = 0;
  struct stat about;
  long fd = sys_open(path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open the table of ids", path);
  long r = sys2(SYS_fstat, fd, &about);
  long at = r < 0 ? r : sys_map(0, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
  sys_close((int)fd);
  if (is_error(at)) return fail(at, "map the table of ids", path);
  table = (struct table *)at;
  if ((uint64_t)about.st_size >= sizeof *table && table->magic == TABLE_MAGIC && table->version == TABLE_VERSION && table->mode == TABLE_MODE_PRELOAD) {
    table->id_init = (uint32_t)init_pid;
    return 0;
  }
  launch_ids_close();
  return fail(-EPROTO, "recognise the table of ids", path);
}

int launch_ids_claim(int system) {
  uint64_t word;
  bool made;
  if (!table) return system;
  int slot = id_claim(table->ids, ID_PID, system, 0, 0, &word, &made);
  if (slot < 0) return system;
  if (made) id_journal(table, (uint32_t)slot, word);
  return id_virtual(table->id_base, (uint32_t)slot, word);
}

void launch_ids_close(void) {
  if (table) regardless(sys_unmap((uint64_t)table, sizeof *table)); /* it costs nothing but room */
  table = 0;
}
