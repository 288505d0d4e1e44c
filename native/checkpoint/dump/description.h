// An open file description: what one or more descriptors, of one or more processes, stand for.
#pragma once
#include <sys/stat.h>

#include <set>
#include <string>
#include <vector>

#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/instance.h"
#include "checkpoint/dump/options.h"
#include "checkpoint/dump/paths.h"
#include "checkpoint/dump/port-table.h"
#include "checkpoint/dump/records.h"
#include "checkpoint/dump/shared-memory.h"
#include "checkpoint/dump/socket-queue.h"

struct Holder { // one descriptor
  const Process *process;
  int fd;
  bool cloexec;
  std::vector<image_lock> locks; // on records, taken through it
};

struct Description {
  uint32_t id = 0;
  std::vector<Holder> holders;
  struct stat status{};
  std::string link;      // as readlink words it
  std::string info_text; // fdinfo
  Fields info;
  uint32_t flags = 0;    // as F_GETFL gives them
  uint64_t position = 0;
  bool on_its_way() const;               // in no table: it stands in the queue of a socket
  bool is(mode_t type) const { return (status.st_mode & S_IFMT) == type; }
  bool anonymous(const char *kind) const; // "anon_inode:kind" or "anon_inode:[kind]"
  std::string proc_path() const;          // below /proc
  Descriptor borrow() const;              // the description itself, opened here (pidfd_getfd)
  std::string words() const;              // "descriptor 7 of process 12"
};

// What the collectors of single kinds share.
struct Collector {
  const Options &options;
  const Instance &instance;
  const Paths &paths;
  Records &records;
  SharedMemory &shared;
  PortTable &ports;
  std::vector<Description> all{};
  std::vector<uint32_t> outward{};                        // listeners and connections to outside, which a holder can keep
  bool own_ipc = false;                                 // an IPC namespace of the instance's own
  std::map<uint32_t, std::string> notifications{};        // by pid: who is told of messages in them
  std::map<ino_t, uint32_t> mqueues{};                    // POSIX message queues: their records
  std::set<std::string> open_queue_names{};               // those of them that have a name, as the system has it
  std::map<std::pair<dev_t, ino_t>, uint32_t> nameless{}; // files without a name: the record that has their contents
  Process self{};                                       // this program, which holds what is on its way while it is looked at
  struct Place { uint32_t listener; uint64_t number; };
  std::map<ino_t, Place> waiting{};                       // clients of unix listeners, not accepted yet: where each stands
  bool waiting_known = false;
  std::map<ino_t, std::vector<Parcel>> queues{};          // of unix sockets to which descriptors are on their way
  uint32_t description_of(int own_fd) const;            // of a descriptor of this program's
  const Description *by_inode(ino_t ino, mode_t type, const Description *other_than) const;
};

// What is in the pipe behind fd, which stays there.
std::string bytes_in_pipe(const Description &description, int fd, bool packets);

image_owner owner_of(const Collector &collector, const Description &description);
// What the fdinfo of one of its descriptors says of locks; refuses a lease.
std::vector<image_lock> record_locks(const Description &description, int fd, const std::string &info);

void describe_file(Collector &collector, const Description &description);
void describe_stdio(Collector &collector, const Description &description, int which);
void describe_pipe(Collector &collector, const Description &description);
void describe_socket(Collector &collector, const Description &description);
void describe_epoll(Collector &collector, const Description &description);
void describe_inotify(Collector &collector, const Description &description);
void describe_eventfd(Collector &collector, const Description &description);
void describe_timerfd(Collector &collector, const Description &description);
void describe_signalfd(Collector &collector, const Description &description);
bool is_mqueue(const Collector &collector, const Description &description);
void describe_mqueue(Collector &collector, const Description &description);
// The queues of the instance's own IPC namespace that nobody has open.
void describe_named_mqueues(Collector &collector);
// Where no namespace ends with the application.
void remove_named_mqueues(const Collector &collector);
bool is_terminal(const Description &description);
void describe_terminal(Collector &collector, const Description &description);
void refuse_outer_terminals(const Collector &collector);
void describe_pidfd(Collector &collector, const Description &description);

// A RECORD_FILE for something that no descriptor holds: an executable, a directory, a mapped file. path is below /proc.
void record_named_file(Collector &collector, uint32_t id, const std::string &path, const std::string &name, bool deleted, uint32_t flags);
[[noreturn]] void refuse_description(const Description &description, const char *what);
