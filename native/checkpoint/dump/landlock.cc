#include "checkpoint/dump/landlock.h"

#include <linux/kcmp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/tracee.h"

static constexpr long create_ruleset = 444, restrict_self = 446;

static bool is_known() {
  constexpr int version = 1; // LANDLOCK_CREATE_RULESET_VERSION
  static const bool known = syscall(create_ruleset, nullptr, 0, version) > 0;
  return known;
}

bool is_surely_free(Injector &injector) {
  if (!is_known()) return true;
  return !ids::on() && injector.call(SYS_kcmp, 1, 1, KCMP_VM, 0, 0) == 0;
}

static bool takes_all_layers(Injector &injector) {
  constexpr int most_layers = 16;
  injector.call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
  long rules = injector.call(create_ruleset, injector.scratch(), sizeof(uint64_t), 0);
  if (rules < 0) return true; // it can't be said
  for (int i = 0; i < most_layers; i++)
    if (injector.call(restrict_self, static_cast<uint64_t>(rules), 0) == -E2BIG) return false;
  return true;
}

void refuse_confined(const Process &process) {
  if (process.surely_free || !process.copy) return;
  Thread task;
  task.tid = process.copy;
  task.regs = tracee::read_registers(process.copy);
  Process body; // what an injected call needs of the copy, which has the same memory and no way home
  body.pid = process.copy;
  body.virtual_pid = process.virtual_pid;
  body.syscall_at = process.syscall_at;
  body.scratch = process.scratch;
  const uint64_t handled = 1; // LANDLOCK_ACCESS_FS_EXECUTE
  bool free = true;
  std::string saved;
  {
    Injector injector(body, task);
    injector.set_extra_options(PTRACE_O_EXITKILL);
    saved = injector.saved_scratch();
    if (write_memory(body.pid, body.scratch, &handled, sizeof handled)) free = takes_all_layers(injector);
    injector.abandon();
  }
  write_memory(body.pid, body.scratch, saved.data(), saved.size());
  if (!free) refuse(EOPNOTSUPP, "process %d is confined by Landlock, which can't be part of a template", process.virtual_pid);
}
