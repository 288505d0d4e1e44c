#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "addon.h"
#include "message-queues.h"
#include "shared/id-words.h"
#include "shared/queue-names.h"

namespace {

constexpr unsigned of_a_thread = O_EXCL;  // PIDFD_THREAD

// A table mapped for as long as it is looked through.
class Mapped {
 public:
  Mapped(Napi::Env env, const std::string &path) {
    int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) throw system_error(env, "open " + path, errno);
    struct stat about {};
    bool whole = fstat(fd, &about) == 0 && about.st_size >= static_cast<off_t>(sizeof(struct table));
    void *at = whole ? mmap(nullptr, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    close(fd);
    if (at == MAP_FAILED) throw system_error(env, "map " + path, whole ? errno : EINVAL);
    table_ = static_cast<struct table *>(at);
  }
  ~Mapped() { munmap(table_, sizeof *table_); }
  Mapped(const Mapped &) = delete;
  Mapped &operator=(const Mapped &) = delete;

  // Calls `each` for every word in use; how often it said true.
  template <typename Each>
  int count(Each each) {
    int found = 0;
    if (table_->magic != TABLE_MAGIC || table_->version != TABLE_VERSION) return 0;
    for (uint32_t slot = 0; slot < TABLE_IDS; slot++) {
      uint64_t word = ID_LOAD(&table_->ids[slot]);
      if (id_state(word) == ID_USED || id_state(word) == ID_PENDING) found += each(slot, word) ? 1 : 0;
    }
    return found;
  }
  std::string name_tag() const {
    return table_->magic == TABLE_MAGIC && table_->mode == TABLE_MODE_PRELOAD ? std::string(table_->name_tag, sizeof table_->name_tag) : "";
  }
  std::vector<std::string> queue_names() const {
    std::vector<std::string> out;
    char name[256];
    for (int i = 0; table_->magic == TABLE_MAGIC && table_->version == TABLE_VERSION && i < TABLE_QUEUES; i++)
      if (queue_name(&table_->queues[i], name)) out.emplace_back(name);
    return out;
  }
  void change(uint32_t slot, uint64_t from, uint64_t to) {
    if (ID_EXCHANGE(&table_->ids[slot], from, to)) id_journal(table_, slot, to);
  }

 private:
  struct table *table_;
};

// A pidfd of the very process or thread that the word is of; -1: it is gone.
int open_owner(uint64_t word) {
  int fd = static_cast<int>(syscall(SYS_pidfd_open, id_system(word), of_a_thread));
  if (fd < 0 && errno == EINVAL) fd = static_cast<int>(syscall(SYS_pidfd_open, id_system(word), 0));
  struct stat about {};
  if (fd < 0 || fstat(fd, &about) < 0 || id_cookies_agree(id_cookie_from(about.st_ino), id_cookie_of(word))) return fd;
  close(fd);
  return -1;
}

bool object_is_there(uint64_t word) {
  union {
    struct shmid_ds shm;
    struct semid_ds sem;
    struct msqid_ds msg;
  } about{};
  int result = 0;
  if (id_type(word) == ID_SHM) result = shmctl(id_system(word), IPC_STAT, &about.shm);
  if (id_type(word) == ID_SEM) result = semctl(id_system(word), 0, IPC_STAT, &about.sem);
  if (id_type(word) == ID_MSG) result = msgctl(id_system(word), IPC_STAT, &about.msg);
  return result == 0 || (errno != EINVAL && errno != EIDRM);
}

bool is_there(uint64_t word) {
  if (id_type(word) != ID_PID) return object_is_there(word);
  int fd = open_owner(word);
  if (fd >= 0) close(fd);
  return fd >= 0 || errno == EMFILE || errno == ENFILE;
}

bool remove_object(uint64_t word) {
  if (id_type(word) == ID_SHM) return shmctl(id_system(word), IPC_RMID, nullptr) == 0;
  if (id_type(word) == ID_SEM) return semctl(id_system(word), 0, IPC_RMID) == 0;
  if (id_type(word) == ID_MSG) return msgctl(id_system(word), IPC_RMID, nullptr) == 0;
  return false;
}

}  // namespace

// A word that somebody was about to use may be taken away at any time: its owner starts again.
Napi::Value collect_ids(const Napi::CallbackInfo &info) {
  Mapped table(info.Env(), info[0].As<Napi::String>().Utf8Value());
  return Napi::Number::New(info.Env(), table.count([&](uint32_t slot, uint64_t word) {
    bool pending = id_state(word) == ID_PENDING;
    if (!pending && is_there(word)) return false;
    table.change(slot, word, pending ? id_emptied(word) : id_restate(word, ID_GONE));
    return true;
  }));
}

Napi::Value end_ids(const Napi::CallbackInfo &info) {
  Mapped table(info.Env(), info[0].As<Napi::String>().Utf8Value());
  return Napi::Number::New(info.Env(), table.count([&](uint32_t, uint64_t word) {
    if (id_state(word) != ID_USED || id_type(word) != ID_PID) return false;
    int fd = open_owner(word);
    if (fd < 0) return false;
    bool sent = syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0) == 0;
    close(fd);
    return sent;
  }));
}

Napi::Value remove_objects(const Napi::CallbackInfo &info) {
  Mapped table(info.Env(), info[0].As<Napi::String>().Utf8Value());
  int queues = remove_message_queues(table.name_tag(), table.queue_names());
  return Napi::Number::New(info.Env(), queues + table.count([&](uint32_t slot, uint64_t word) {
    if (id_state(word) != ID_USED || !remove_object(word)) return false;
    table.change(slot, word, id_restate(word, ID_GONE));
    return true;
  }));
}
