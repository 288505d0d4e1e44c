#include "checkpoint/dump/keyrings.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/way-home.h"

// Whether a user of a process has any keys: nearly always not but for root, and then the process has none. Lines read "UID: usage
// keys/instantiated quota's keys/limit bytes/limit". How many a user has that nobody made (his rings) differs from machine to machine.
static bool any_keys(const Process &process) {
  static const std::vector<std::string> words = split_words(proc_read_optional("key-users"));
  std::vector<std::string> uids = split_words(field(process.threads.front().status, "Uid"));
  for (size_t i = 0; i + 4 < words.size(); i += 5) {
    bool of_process = std::any_of(uids.begin(), uids.end(), [&](const std::string &uid) { return words[i] == uid + ":"; });
    if (of_process && strtoul(words[i + 3].c_str(), nullptr, 10) > 0) return true;
  }
  return false;
}

static bool holds_keys(uint64_t ring, Injector &injector) {
  long id = injector.call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, ring, 0);
  return id > 0 && injector.call(SYS_keyctl, KEYCTL_READ, static_cast<uint64_t>(id), 0, 0) > 0;
}

// "TYPE;UID;GID;RIGHTS;NAME". A ring in a ring is what every session of a user has: it leads to keys that all of his have, a clone too.
static bool is_ring(uint32_t key, Injector &injector) {
  char about[8];
  long size = injector.call(SYS_keyctl, KEYCTL_DESCRIBE, key, injector.scratch(), results_size);
  if (size < static_cast<long>(sizeof about)) return true; // it has gone, or is nobody's to see
  if (size > static_cast<long>(results_size)) return false;
  injector.fetch(about, sizeof about);
  return std::string_view(about, sizeof about) == "keyring;";
}

// What whoever started the store has in his session is there for clones as well.
static bool has_session(Injector &injector) {
  constexpr size_t most = results_size / sizeof(uint32_t);
  const uint64_t session = static_cast<uint64_t>(KEY_SPEC_SESSION_KEYRING);
  long id = injector.call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, session, 0);
  if (id <= 0 || id == syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)) return false;
  long size = injector.call(SYS_keyctl, KEYCTL_READ, static_cast<uint64_t>(id), injector.scratch(), results_size);
  if (size <= 0) return false;
  if (size > static_cast<long>(results_size)) return true;
  std::vector<uint32_t> keys(std::min(static_cast<size_t>(size) / sizeof(uint32_t), most));
  injector.fetch(keys.data(), keys.size() * sizeof keys[0]);
  return std::any_of(keys.begin(), keys.end(), [&](uint32_t key) { return !is_ring(key, injector); });
}

void refuse_keys(const Process &process, bool own, Injector &injector) {
  if (!any_keys(process)) return;
  if (own && has_session(injector))
    refuse(EOPNOTSUPP, "process %d has keys in a session of its own, which can't be part of a template", process.virtual_pid);
  if (holds_keys(static_cast<uint64_t>(KEY_SPEC_THREAD_KEYRING), injector) || (own && holds_keys(static_cast<uint64_t>(KEY_SPEC_PROCESS_KEYRING), injector)))
    refuse(EOPNOTSUPP, "process %d has keys in a keyring of its own, which can't be part of a template", process.virtual_pid);
}
