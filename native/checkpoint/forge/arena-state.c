#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/process-memory.h"
#include "checkpoint/forge/reserves.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "shared/table.h"

/* Calls `take` for every run of adjacent memory that is mapped from the image; answers how many there are. */
static uint32_t each_range(const struct process *process, void (*take)(uint32_t, uint64_t, uint64_t)) {
  const struct image_vma *vma = process->vmas.data, *end = vma + process->vmas.size / sizeof *vma;
  const struct image_extent *e = process->extents.data, *last = e + process->extents.size / sizeof *e;
  uint32_t count = 0;
  uint64_t from = 0, to = 0;
  for (; vma < end; vma++) {
    for (; e < last && e->start < vma->end; e++) {
      if (!extent_is_mapped(process, vma, e)) continue;
      if (e->start != to || !count) {
        if (count && take) take(count - 1, from, to);
        count++;
        from = e->start;
      }
      to = e->start + e->len;
    }
  }
  if (count && take) take(count - 1, from, to);
  return count;
}

void ranges_plan(const struct process *process) {
  shortest_mapped = 0;
  reserves_plan(process);
  if (!(process->image->flags & PROCESS_HAS_ARENA)) return;
  for (uint64_t shortest = PAGE; each_range(process, NULL) > ARENA_RANGES; shortest *= 2) shortest_mapped = shortest;
}

static void write_range(uint32_t index, uint64_t start, uint64_t end) {
  ((struct arena *)ARENA_BASE)->ranges[index] = (struct arena_range){start, end};
}

static size_t same_name(const char *a, const char *b) {
  size_t i = 0;
  while (a[i] && a[i] == b[i] && a[i] != '=') i++;
  return a[i] == '=' && b[i] == '=' ? i : 0;
}

/* Rules that set variables are applied in their pre-customised form with the clone's own AID: the table has the results. */
static void write_environment(struct arena *arena, const struct table *table) {
  uint32_t slots = arena->env_count < ARENA_ENV_SLOTS ? arena->env_count : ARENA_ENV_SLOTS;
  uint32_t entries = table->env_count < TABLE_ENV ? table->env_count : TABLE_ENV;
  for (uint32_t i = 0; i < slots; i++)
    for (uint32_t j = 0; j < entries; j++)
      if (same_name(arena->env[i], table->env[j])) {
        struct line line = line_in(arena->env[i], ARENA_ENV_SIZE);
        put(&line, table->env[j]);
        break;
      }
}

/* The library tells the image's memory from a file that the application has mapped there since. More files than there is room
 * for: nothing is said, and every private file mapping counts. */
static void write_images(struct arena *arena) {
  arena->image_count = image.stamps && image.page_files <= ARENA_IMAGES ? image.page_files : 0;
  for (uint32_t i = 0; i < arena->image_count; i++) arena->images[i] = image.stamps[i];
}

int arena_correct(const struct process *process) {
  struct arena *arena = arena_of(process);
  if (!arena) return 0;
  if (arena->magic != ARENA_MAGIC || arena->version != ARENA_VERSION) return fail_at(-EPROTO, "recognise the library's memory at", ARENA_BASE);
  arena->generation++;
  arena->range_count = each_range(process, write_range);
  reserves_write(arena);
  write_environment(arena, (const struct table *)TABLE_AT);
  write_images(arena);
  return 0;
}
