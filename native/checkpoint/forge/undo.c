/* SEM_UNDO, told to the kernel once more: each semaphore is changed there and back in one call, one of the ways to be undone. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/undo.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/shared.h"
#include <sys/ipc.h>
#include <sys/sem.h>

static int adjust(int id, uint16_t number, int16_t by) {
  struct sembuf operations[2] = {{number, by, IPC_NOWAIT}, {number, (short)-by, IPC_NOWAIT | SEM_UNDO}};
  long r = sys3(SYS_semop, id, operations, 2);
  if (r >= 0) return 0;
  /* too high or too low in between: the other way round */
  struct sembuf turned[2] = {operations[1], operations[0]};
  r = sys3(SYS_semop, id, turned, 2);
  return r < 0 ? fail_number(r, "have changes undone of semaphore set", id) : 0;
}

int undo_again(const struct process *process) {
  struct arena *arena = arena_of(process);
  if (!arena || !was_system(process->image->pid, arena->undo_pid)) return 0;
  for (int i = 0; i < ARENA_UNDO; i++) {
    uint64_t entry = arena->undo[i];
    struct object *set = entry ? object_by_id(image.sems, image.sem_count, (uint32_t)(entry >> 32)) : NULL;
    if (set && adjust(set->system_id, (uint16_t)(entry >> 16), (int16_t)(uint16_t)entry) < 0) return -1;
  }
  arena->undo_pid = (uint32_t)sys0(SYS_getpid);
  return 0;
}
