// Calls that only the process itself can make, run by one of its suspended threads at a `syscall` instruction it already has.
//
// Laws: every signal is blocked meanwhile, so none is lost and none is seen; seccomp filters are suspended, so none kills;
// the registers are put back bit for bit with the thread in the same kind of stop it came from, so that the kernel itself
// restarts an interrupted call as if nothing had been.
#pragma once
#include <cstddef>
#include <cstdint>

#include <string>

#include "checkpoint/dump/instance.h"

class Injector {
 public:
  Injector(Process &process, Thread &thread);
  Injector(const Injector &) = delete;
  Injector &operator=(const Injector &) = delete;
  ~Injector();
  // The result as the kernel gives it: -errno on failure.
  long call(long number, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0, uint64_t e = 0, uint64_t f = 0);
  // The same where the kernel must say. What it doesn't know (-EINVAL, -ENOSYS) nobody can have set; whatever else it answers instead is thrown.
  long ask(const char *what, long number, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0, uint64_t e = 0);
  // Memory of the process for a call's results, results_size bytes.
  uint64_t scratch() const { return process_.scratch; }
  // Reads them. Always true: a failure is thrown, for what a call has answered may not be lost in silence.
  bool fetch(void *out, size_t size) const;
  // Makes a task with clone(flags): its pid on the host, stopped, traced as this one. own_end: left alone, it ends itself.
  pid_t clone_task(uint64_t flags, bool own_end, long &virtual_pid);
  const std::string &saved_scratch() const { return saved_scratch_; }
  uint64_t signal_mask() const { return signal_mask_; } // the thread's own
  void set_extra_options(int options);
  void abandon() { begun_ = false; } // the task is about to be killed: nothing to put back

 private:
  void prepare_scratch();
  user_regs_struct call_registers(long number, const uint64_t (&arguments)[6]) const;
  void finish();
  Process &process_;
  Thread &thread_;
  uint64_t signal_mask_ = 0;
  bool begun_ = false;
  bool homeward_ = false; // the stack of its calls is a frame that leads home
  std::string saved_scratch_;
};

// Finds a syscall instruction and memory for results; reads the arena. Once for each process, after mappings are read.
void prepare_injection(Process &process);

bool read_memory(pid_t pid, uint64_t address, void *out, size_t size);
// False where nothing can be read at that address; what can't be asked fails, for it would be taken for nothing.
bool memory_there(const Process &process, uint64_t address, void *out, size_t size);
bool write_memory(pid_t pid, uint64_t address, const void *in, size_t size);
