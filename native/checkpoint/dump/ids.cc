#include "checkpoint/dump/ids.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/failure.h"
#include "shared/id-keys.h"
#include "shared/id-words.h"

namespace ids {

static table *bound; // mapped for as long as this program runs; null: the kernel's namespaces keep the ids

void open(const std::string &path) {
  if (path.empty()) return;
  Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct stat status;
  if (!file || fstat(file.get(), &status) != 0) fail_call("open %s", path.c_str());
  if (static_cast<size_t>(status.st_size) < sizeof(table)) refuse(EINVAL, "%s is too short for a table", path.c_str());
  void *at = mmap(nullptr, sizeof(table), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED) fail_call("map %s", path.c_str());
  table *found = static_cast<table *>(at);
  if (found->magic == TABLE_MAGIC && found->version == TABLE_VERSION && found->mode == TABLE_MODE_PRELOAD && found->id_base != 0) bound = found;
  else munmap(at, sizeof(table));
}

bool on() { return bound != nullptr; }

// As the library asks it: preload/ids.c.
static uint32_t identity(pid_t system) {
  constexpr int of_a_thread = O_EXCL;
  Descriptor fd(static_cast<int>(syscall(SYS_pidfd_open, system, of_a_thread)));
  if (!fd) fd = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, system, 0)));
  struct stat status;
  return fd && fstat(fd.get(), &status) == 0 ? id_cookie_from(status.st_ino) : 0;
}

static bool ended(uint64_t word) {
  if (id_type(word) != ID_PID) return id_state(word) == ID_GONE;
  return kill(id_system(word), 0) != 0 && errno == ESRCH && kill(-id_system(word), 0) != 0 && errno == ESRCH;
}

pid_t claim(pid_t system) {
  uint64_t word;
  bool made;
  int slot = id_claim_known(bound, ID_PID, system, identity(system), ended, &word, &made);
  if (slot < 0) refuse(EOPNOTSUPP, "the instance has more than %d ids, which can't be part of a template", TABLE_IDS);
  if (made) id_journal(bound, static_cast<uint32_t>(slot), word);
  return id_virtual(bound->id_base, static_cast<uint32_t>(slot), word);
}

pid_t shown(pid_t system) {
  uint64_t word;
  if (system <= 0) return 0;
  if (static_cast<uint32_t>(system) == bound->id_init) return 1;
  int slot = id_known(bound, ID_PID, system, true, &word);
  return slot < 0 ? id_stood_in_for(bound, system) : id_virtual(bound->id_base, static_cast<uint32_t>(slot), word);
}

int object_shown(table_id_type type, int system) {
  uint64_t word;
  int slot = id_known(bound, type, system, false, &word);
  return slot < 0 ? -1 : id_virtual(bound->id_base, static_cast<uint32_t>(slot), word);
}

std::vector<Object> objects(table_id_type type) {
  std::vector<Object> out;
  for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
    uint64_t word = ID_LOAD(&bound->ids[slot]);
    if (id_state(word) == ID_USED && id_type(word) == static_cast<unsigned>(type)) out.push_back({id_virtual(bound->id_base, slot, word), id_system(word)});
  }
  return out;
}

void removed(table_id_type type, int system) {
  uint64_t word;
  int slot = id_known(bound, type, system, false, &word);
  if (slot < 0 || !ID_EXCHANGE(&bound->ids[slot], word, id_restate(word, ID_GONE))) return;
  id_journal(bound, static_cast<uint32_t>(slot), id_restate(word, ID_GONE));
}

int32_t key_shown(int32_t system) { return id_key_to_virtual(bound->id_salt, system); }

void translate_sender(char *bytes) {
  siginfo_t info;
  memcpy(&info, bytes, sizeof info);
  bool by_process = info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE || info.si_code == SI_MESGQ || info.si_code == SI_ASYNCIO;
  bool of_child = info.si_signo == SIGCHLD && info.si_code >= CLD_EXITED && info.si_code <= CLD_CONTINUED;
  if (!by_process && !of_child) return;
  info.si_pid = shown(info.si_pid);
  memcpy(bytes, &info, sizeof info);
}

static void translate(uint64_t &argument) {
  constexpr pid_t nobody = INT32_MAX; // not 0, which means the caller's own group
  int32_t id = static_cast<int32_t>(argument);
  pid_t found = id > 0 ? shown(id) : id < -1 ? shown(-id) : 0;
  if (id > 0) argument = static_cast<uint64_t>(found ? found : nobody);
  else if (id < -1) argument = static_cast<uint64_t>(-static_cast<int64_t>(found ? found : nobody));
}

static void translate_object(table_id_type type, uint64_t &argument) {
  argument = static_cast<uint64_t>(static_cast<int64_t>(object_shown(type, static_cast<int>(argument))));
}

void translate_call(uint64_t number, uint64_t &first, uint64_t &second) {
  switch (number) {
    case SYS_wait4: case SYS_kill: case SYS_rt_sigqueueinfo: case SYS_getpgid: case SYS_getsid: return translate(first);
    case SYS_tgkill: case SYS_setpgid: return translate(first), translate(second);
    case SYS_waitid: return first == P_PID || first == P_PGID ? translate(second) : void();
    case SYS_semop: case SYS_semtimedop: case SYS_semctl: return translate_object(ID_SEM, first);
    case SYS_msgsnd: case SYS_msgrcv: case SYS_msgctl: return translate_object(ID_MSG, first);
    case SYS_shmat: case SYS_shmctl: return translate_object(ID_SHM, first);
    default: return;
  }
}

void translate_path(std::string &path) {
  static const std::string prefixes[] = {"/proc/", "/task/"};
  size_t at = 0;
  if (!on() || !path.starts_with(prefixes[0])) return;
  for (const std::string &prefix : prefixes) {
    if (path.compare(at, prefix.size(), prefix) != 0) return;
    at += prefix.size();
    size_t end = path.find_first_not_of("0123456789", at);
    if (end == at) return;
    std::string number = text("%d", shown(atoi(path.c_str() + at)));
    path.replace(at, end == std::string::npos ? end : end - at, number);
    at += number.size();
  }
}

void record(Records &records) {
  image_ids head{bound->id_base, 0};
  std::string out;
  for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
    image_id id{ID_LOAD(&bound->ids[slot]), slot, 0};
    if (id.word == 0) continue;
    out += Records::bytes_of(id);
    head.count++;
  }
  records.add(RECORD_IDS, 0, "", Records::bytes_of(head) + out);
}

}  // namespace ids
