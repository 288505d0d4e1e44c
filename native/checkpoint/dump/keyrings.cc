#include "checkpoint/dump/keyrings.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

// Whether anybody has more keys than the two rings that every user has, root three: nearly always not, and then none of this has any. Lines
// read "UID: usage keys/instantiated quota's keys/limit bytes/limit".
static bool any_keys() {
  static const bool any = [] {
    constexpr unsigned long usual = 2, usual_of_root = 3;
    std::vector<std::string> words = split_words(proc_read_optional("key-users"));
    for (size_t i = 0; i + 4 < words.size(); i += 5)
      if (strtoul(words[i + 3].c_str(), nullptr, 10) > (words[i] == "0:" ? usual_of_root : usual)) return true;
    return false;
  }();
  return any;
}

static bool holds_keys(uint64_t ring, Injector &injector) {
  long id = injector.call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, ring, 0);
  return id > 0 && injector.call(SYS_keyctl, KEYCTL_READ, static_cast<uint64_t>(id), 0, 0) > 0;
}

void refuse_keys(const Process &process, bool own, Injector &injector) {
  if (!any_keys()) return;
  if (holds_keys(static_cast<uint64_t>(KEY_SPEC_THREAD_KEYRING), injector) || (own && holds_keys(static_cast<uint64_t>(KEY_SPEC_PROCESS_KEYRING), injector)))
    refuse(EOPNOTSUPP, "process %d has keys in a keyring of its own, which can't be part of a template", process.virtual_pid);
}
