// FIG. 5, from the process search to the end: one method a group of steps, called in their order by main.
#pragma once
#include <string>
#include <vector>

#include "checkpoint/dump/classify-mappings.h"
#include "checkpoint/dump/held-locks.h"
#include "checkpoint/dump/holder.h"
#include "checkpoint/dump/memory.h"
#include "checkpoint/dump/process-state.h"

class Snapshot {
 public:
  explicit Snapshot(const Options &options);
  ~Snapshot(); // whatever still stands frozen goes on; the copies end; without finish() no file stays
  Snapshot(const Snapshot &) = delete;
  Snapshot &operator=(const Snapshot &) = delete;

  void enter_instance();      // its root and IPC namespace, so that names and ids read as they do there
  void suspend_processes();   // steps 256-262
  void retrieve_state();      // steps 264-268
  void make_frozen_copies();  // memory, which a resume need not wait for
  uint64_t resume_processes(); // microseconds from the first interrupt to the last detach
  void record_memory_state(); // step 270: what changed since the last snapshot is recorded
  void hand_over_sockets(SocketHolder &holder); // those that lead to outside, before the application ends
  uint64_t end_application(); // steps 278-282
  std::string finish();       // the answer: done processes=...

 private:
  void inspect_process(Process &process, uint32_t &locked);
  ProcessFiles record_process_files(Process &process);
  void collect_processes();
  void save_now(Process &process, bool uninherited);
  void save_memory(const std::vector<Process *> &unsaved);
  HeldLocks *held_locks(const Process &process);
  void write_records();

  const Options &options_;
  Descriptor out_;
  Paths paths_;
  PortTable ports_;
  Instance instance_;
  Records records_;
  image_header header_{};
  PagesFile pages_;
  SharedMemory shared_;
  Collector collector_;
  std::unique_ptr<MappedFiles> files_;
  std::vector<std::unique_ptr<Process>> saved_; // after the resume: processes whose memory is still to be written
  std::map<const Process *, HeldLocks> held_; // preload mechanism
  std::map<const Process *, MemoryPlan> plans_; // what was planned, and written, before the resume
  uint64_t parent_bytes_ = 0, thread_count_ = 0, process_count_ = 0;
  bool own_ipc_ = false, finished_ = false;
};
