/* FIG. 6, steps 314-328, in each process: its private resources, bound to what was virtual and to what is shared. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/arena-state.h"
#include "checkpoint/forge/descriptor-table.h"
#include "checkpoint/forge/filter.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/kept-numbers.h"
#include "checkpoint/forge/locks.h"
#include "checkpoint/forge/notifications.h"
#include "checkpoint/forge/process-memory.h"
#include "checkpoint/forge/process-state.h"
#include "checkpoint/forge/process-tree.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/terminals.h"
#include "checkpoint/forge/threads.h"
#include "checkpoint/forge/timers.h"
#include "checkpoint/forge/touched.h"
#include "checkpoint/forge/undo.h"

static int restore_steps(struct process *process) {
  if (join_group(process) < 0 || terminal_foreground(process->image) < 0) return -1;
  if (descriptors_install(process) < 0) return -1;     /* steps 320-322: what is shared is reconnected */
  if (process_memory(process) < 0) return -1;          /* step 314; FIG. 9, step 410: by reference to the image */
  if (process_state(process) < 0) return -1;
  if (arena_correct(process) < 0) return -1;           /* steps 316-318: bound to the virtual definitions */
  touched_populate(process);
  if (undo_again(process) < 0) return -1;
  if (process_signals(process) < 0) return -1;
  if (close_kept() < 0) return -1;
  if (notifications_ask(process) < 0) return -1;
  if (locks_take(process) < 0) return -1;
  if (filter_install(process) < 0) return -1;
  if (threads_create(process) < 0 || descriptors_of_threads(process) < 0) return -1;
  return threads_own_locks(process) < 0 ? -1 : timers_create(process);
}

_Noreturn void restore_private_state(struct process *process) {
  if (restore_steps(process) < 0) sys_exit(1);
  thread_restore(process, &process->threads[0]);
}
