// What each mapping of a process is in the image, while everything stands still: files, shared objects, private memory.
#pragma once
#include "checkpoint/dump/description.h"
#include "checkpoint/dump/leftovers.h"
#include "checkpoint/dump/mapped-object.h"

class MappedFiles {
 public:
  MappedFiles(Collector &collector, uint32_t first_id)
      : collector_(collector), objects_(collector.instance, collector.options), leftovers_(collector.instance.init), next_(first_id) {}
  // One RECORD_FILE for each distinct file. path: a magic link below /proc.
  uint32_t file(const std::string &path, const std::string &name, bool deleted, bool writable);
  void classify(Process &process);
  uint32_t count() const { return next_; } // of all open files, those of descriptors among them
  // Attached SysV segments by shmid, as paths below /proc.
  const std::map<int, std::string> &segments() const { return segments_; }

 private:
  void classify_shared(const Process &process, Mapping &mapping, const std::string &link);
  void classify_private(const Process &process, Mapping &mapping, const std::string &link);
  bool classify_over_file(const Process &process, Mapping &mapping);
  uint32_t mapped_file(const Process &process, Mapping &mapping, const std::string &link, bool writable);
  int parent_of(const Mapping &mapping, const std::string &link);
  std::string way_to(const Process &process, Mapping &mapping, const std::string &link);
  Collector &collector_;
  MappedObjects objects_;
  Leftovers leftovers_;
  uint32_t next_;
  std::map<std::tuple<dev_t, ino_t, std::string, bool>, uint32_t> known_;
  // As maps words them, for the many mappings of the same files: following each one's link takes longer than all else.
  std::map<std::tuple<dev_t, ino_t, std::string, bool, bool>, uint32_t> mapped_;
  std::map<std::tuple<dev_t, ino_t, std::string>, int> parents_;
  std::map<int, std::string> segments_;
};
