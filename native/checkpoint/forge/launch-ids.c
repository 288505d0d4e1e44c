#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/launch-ids.h"
#include "shared/id-words.h"
#include <fcntl.h>
#include <sys/mman.h>

static struct table *table;

void launch_ids_open(int init_pid) {
  table = 0;
  long fd = sys_open("/.appshot/table", O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  long at = sys_map(0, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
  sys_close((int)fd);
  if (is_error(at)) return;
  table = (struct table *)at;
  if (table->magic == TABLE_MAGIC && table->version == TABLE_VERSION && table->mode == TABLE_MODE_PRELOAD) table->id_init = (uint32_t)init_pid;
  else launch_ids_close();
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
