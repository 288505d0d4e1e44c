// Who came into the instance from outside (exec) and is nobody's child there: no part of the application, but able to change the files and the
// memory that it shares with them. While those are read, they stand still too.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/dump/tracer-thread.h"

struct Process;

class Guests {
 public:
  explicit Guests(pid_t init);
  ~Guests(); // they go on
  Guests(const Guests &) = delete;
  Guests &operator=(const Guests &) = delete;

  // Stops all that are there; asked again, those that have come since. False when one stands still too late. One that somebody else traces
  // goes on.
  bool stop(uint64_t until_us);
  bool holds(pid_t pid) const;
  const std::string &unquiet() const { return unquiet_; } // who stood still too late, in words; ""

 private:
  std::vector<pid_t> newcomers();
  bool is_guest(pid_t pid) const;
  bool stop_processes(uint64_t until_us);
  bool quiet(bool patient);
  void describe_unquiet();

  pid_t init_, last_pid_ = -1;
  ino_t space_ = 0; // the instance's mount namespace; 0 = it has none of its own
  std::vector<std::unique_ptr<Process>> processes_;
  std::unique_ptr<TracerThread> tracer_; // nobody is there: none
  std::string unquiet_;
};
