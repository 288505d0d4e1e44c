#include "checkpoint/dump/landlock.h"

#include <linux/kcmp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "checkpoint/dump/failure.h"

static constexpr long create_ruleset = 444, restrict_self = 446;

static bool is_known() {
  constexpr int version = 1; // LANDLOCK_CREATE_RULESET_VERSION
  static const bool known = syscall(create_ruleset, nullptr, 0, version) > 0;
  return known;
}

bool is_surely_free(const Process &process, Injector &injector) {
  if (!is_known()) return true;
  uint64_t init = static_cast<uint64_t>(process.init);
  return injector.call(SYS_kcmp, init, init, KCMP_VM, 0, 0) == 0;
}

void look_for_confinement(Process &process, Injector &helper) {
  constexpr int most_layers = 16;
  const uint64_t handled = 1, at = process.scratch; // LANDLOCK_ACCESS_FS_EXECUTE
  if (process.surely_free || !at || !write_memory(process.pid, at, &handled, sizeof handled)) return;
  helper.call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
  long rules = helper.call(create_ruleset, at, sizeof handled, 0);
  if (rules < 0) return; // it can't be said
  for (int i = 0; i < most_layers && !process.confined; i++) process.confined = helper.call(restrict_self, static_cast<uint64_t>(rules), 0) == -E2BIG;
}

void refuse_confined(const Process &process) {
  if (process.confined) refuse(EOPNOTSUPP, "process %d is confined by Landlock, which can't be part of a template", process.virtual_pid);
}
