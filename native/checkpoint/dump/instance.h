// The application as the dumper holds it: its processes and their threads, parents before children.
#pragma once
#include <sys/types.h>
#include <sys/user.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/guests.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/mappings.h"
#include "shared/arena.h"
#include "shared/image.h"

struct Thread {
  pid_t tid = 0;      // the host's
  pid_t virtual_tid = 0;
  bool stopped = false;
  bool ended = false; // the first of a process, whose others run on
  bool dispatched = false; // its calls past the C library are sent to the preload library
  user_regs_struct regs{}; // as the source goes on with
  std::string filters;     // seccomp's, as RECORD_SECCOMP has them
  Fields status;           // /proc/PID/task/TID/status, read once it stood still
};

struct Process {
  pid_t pid = 0;      // the host's; where the first thread has ended, that of the first which lives: all but its name is asked of that one
  pid_t leader = 0;   // the host's, of the process, whoever lives
  pid_t virtual_pid = 0;
  pid_t parent = 0;   // virtual
  bool zombie = false;
  bool group_stopped = false;
  pid_t init = 1;           // the instance's, as the process sees it
  bool surely_free = false; // Landlock does not confine it
  bool confined = false;    // Landlock does
  std::vector<Thread> threads; // leader first
  std::vector<Mapping> mappings;
  uint32_t policy_mode = 0;    // set_mempolicy()'s, of the one that stands for it
  uint64_t policy_nodes = 0;
  std::string policies;        // of its memory, as RECORD_POLICIES has them
  std::vector<arena_file> reserves; // of a clone: file mappings that lie under memory of its image
  Descriptor pidfd;
  uint64_t direct_start = 0, direct_length = 0; // the arena's, where such calls are sent
  uint64_t arena_table = 0;    // where the preload library mapped the AID's table; 0 = it is not there
  uint64_t syscall_at = 0;     // a `syscall` instruction to run injected calls at
  uint64_t sigreturn_at = 0;   // code that calls rt_sigreturn; 0 = injected calls have no way home
  uint64_t scratch = 0;        // memory for their results, whose contents are put back
  pid_t copy = 0;              // the frozen copy, 0 = the process itself still stands frozen
  image_process image{};
};

struct Instance {
  pid_t init = 0;
  std::vector<std::unique_ptr<Process>> processes;
  std::optional<Guests> guests; // as long as the application stands still
  pid_t virtual_of(pid_t host) const; // 1 for init, 0 for a process outside; also of threads
  pid_t virtual_group_of(pid_t host) const;
  size_t thread_count() const;
};
