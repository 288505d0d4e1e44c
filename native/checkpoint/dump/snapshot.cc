#include "checkpoint/dump/snapshot.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "checkpoint/dump/added-mounts.h"
#include "checkpoint/dump/async-io.h"
#include "checkpoint/dump/clocks.h"
#include "checkpoint/dump/concurrently.h"
#include "checkpoint/dump/descriptor-room.h"
#include "checkpoint/dump/descriptors.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/filters.h"
#include "checkpoint/dump/frozen-copy.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/in-parallel.h"
#include "checkpoint/dump/ipc-limits.h"
#include "checkpoint/dump/image-header.h"
#include "checkpoint/dump/landlock.h"
#include "checkpoint/dump/memory-policies.h"
#include "checkpoint/dump/names.h"
#include "checkpoint/dump/namespace.h"
#include "checkpoint/dump/process-state.h"
#include "checkpoint/dump/sharing.h"
#include "checkpoint/dump/suspend.h"
#include "checkpoint/dump/sysv.h"
#include "checkpoint/dump/thread-state.h"
#include "checkpoint/dump/user-namespace.h"

static Descriptor open_directory(const std::string &path) {
  Descriptor out(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!out) fail_call("open %s", path.c_str());
  return out;
}

Snapshot::Snapshot(const Options &options)
    : options_(options), out_(open_directory(options.out)), paths_(options), ports_(options.table), pages_(out_.get(), options.out + "/pages"),
      shared_(pages_, records_), collector_{.options = options, .instance = instance_, .paths = paths_, .records = records_, .shared = shared_, .ports = ports_} {
  instance_.init = options.init;
  ids::open(options.table);
  records_.add(RECORD_PAGES, 0, "", std::string());
  for (size_t i = 0; i < options.parents.size(); i++) records_.add(RECORD_PAGES, static_cast<uint32_t>(i) + 1, options.parents[i].first, std::string());
}

Snapshot::~Snapshot() {
  for (auto &process : instance_.processes) kill_frozen_copy(*process);
  resume_application(instance_);
  for (auto &process : saved_) kill_frozen_copy(*process);
  if (finished_) return;
  unlinkat(out_.get(), "pages", 0);
  unlinkat(out_.get(), "records", 0);
}

void Snapshot::enter_instance() {
  if (kill(options_.init, 0) != 0) fail_call("find the instance's init, process %d", options_.init);
  Descriptor root = proc_open(text("%d/root", options_.init), O_PATH | O_DIRECTORY);
  Descriptor outside(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!outside) fail_call("open /");
  enter_user_namespace(options_.init);
  own_ipc_ = enter_ipc_namespace(options_.init);
  enter_names(options_.init);
  if (has_own_namespace(options_.init, mount_namespace)) join_namespace(options_.init, mount_namespace);
  if (fchdir(root.get()) != 0 || chroot(".") != 0) fail_call("enter the root of the instance");
  paths_.host_root_is(proc_link(text("self/fd/%d", outside.get())));
}

// Where reads and writes don't pass through, what was stored through a mapping is known to the kernel alone: the view is about to
// be sealed, and has to have it before.
static void flush_view() {
  Descriptor root(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root || syncfs(root.get()) != 0) fail_call("flush the files of the instance");
}

void Snapshot::suspend_processes() {
  suspend_application(instance_, options_.limit_ms);
  flush_view();
  header_ = new_header();
  record_clocks(options_.init, records_);
  record_names(records_);
  if (own_ipc_) record_ipc_limits(records_);
  refuse_added_mounts();
  if (instance_.processes.empty()) refuse(ESRCH, "the instance has no process");
}

// "" where the kernel has none of the kind, or one for children that nobody is in yet.
static std::string namespace_link(pid_t pid, const char *kind) {
  try {
    return proc_link(text("%d/ns/%s", pid, kind));
  } catch (const Failure &failure) {
    if (failure.code != ENOENT) throw;
    return "";
  }
}

static void refuse_own_namespaces(const Instance &instance, const Process &process) {
  static const std::pair<const char *, const char *> kinds[] = {{"mnt", "mount"}, {"net", "network"}, {"pid", "process"}, {"ipc", "IPC"},
                                                                {"uts", "host name"}, {"user", "user"}, {"cgroup", "cgroup"}, {"time", "time"},
                                                                {"time_for_children", "time"}, {"pid_for_children", "process"}};
  static std::map<std::string, std::string> of_init;
  for (const auto &[file, words] : kinds) {
    std::string &expected = of_init[file];
    // The init stays in the machine's time, whatever the application's is.
    bool time = std::string_view(file).starts_with("time");
    if (expected.empty()) expected = namespace_link(instance.init, time ? "time_for_children" : file);
    if (namespace_link(process.pid, file) == expected) continue;
    std::string name = parse_fields(proc_read_optional(text("%d/status", process.pid)))["Name"];
    refuse(EOPNOTSUPP, "process %d (%s) has a %s namespace of its own, which can't be part of a template", process.virtual_pid, name.c_str(), words);
  }
}

void Snapshot::inspect_process(Process &process, uint32_t &locked) {
  if (process.zombie) return read_process_state(instance_, process);
  constexpr int of_thread = O_EXCL; // PIDFD_THREAD
  process.pidfd = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process.pid, process.pid == process.leader ? 0 : of_thread)));
  if (!process.pidfd) fail_call("open process %d", process.virtual_pid);
  for (Thread &thread : process.threads) read_thread_registers(process, thread);
  prepare_injection(process);
  if (ids::on() && !(process.image.flags & PROCESS_HAS_ARENA))
    refuse(EOPNOTSUPP, "process %d knows system ids, for the preload library is not in it: it can't be part of a template under the preload mechanism",
           process.virtual_pid);
  read_process_state(instance_, process);
  refuse_own_namespaces(instance_, process);
  read_filters(process, !options_.parents.empty());
  if (ids::on()) process.init = instance_.init;
  locked = static_cast<uint32_t>(atoi(field(process.threads[0].status, "VmLck").c_str()));
  if (locked) read_flags(process.pid, process.mappings); // a copy has no locked memory, so only the process itself can tell
}

ProcessFiles Snapshot::record_process_files(Process &process) {
  ProcessFiles out;
  static const std::string deleted_mark = " (deleted)";
  auto record = [&](const char *link) {
    std::string path = text("%d/%s", process.pid, link), name = proc_link(path);
    bool deleted = name.ends_with(deleted_mark);
    if (deleted) name.resize(name.size() - deleted_mark.size());
    return files_->file(path, name, deleted, false);
  };
  out.exe = record("exe");
  out.cwd = record("cwd");
  struct stat own, init;
  bool known = proc_stat(text("%d/root", process.pid), own) && proc_stat(text("%d/root", options_.init), init);
  if (known && (own.st_dev != init.st_dev || own.st_ino != init.st_ino)) out.root = record("root");
  return out;
}

// All at once, and recorded in their order.
void Snapshot::collect_processes() {
  auto &processes = instance_.processes;
  std::vector<Records> found(processes.size());
  std::vector<ProcessFiles> files(processes.size());
  for (size_t i = 0; i < processes.size(); i++)
    if (!processes[i]->zombie) files[i] = record_process_files(*processes[i]);
  concurrently(processes.size(), [&](size_t i) {
    if (processes[i]->zombie) collect_zombie(*processes[i], found[i]);
    else collect_process(*processes[i], files[i], found[i]);
  });
  for (const Records &of_one : found) records_.append(of_one);
}

void Snapshot::retrieve_state() {
  uint32_t locked = 0;
  auto &processes = instance_.processes;
  in_parallel(processes.size(), [&](size_t i) {
    if (!processes[i]->zombie) processes[i]->mappings = read_mappings(processes[i]->pid);
  });
  for (auto &process : processes) inspect_process(*process, locked);
  refuse_strange_sharing(instance_);
  await_asynchronous_io(instance_);
  files_ = std::make_unique<MappedFiles>(collector_, find_descriptions(collector_));
  collector_.own_ipc = own_ipc_;
  describe_all(collector_);
  if (own_ipc_ || ids::on()) describe_named_mqueues(collector_);
  for (auto &process : instance_.processes) files_->classify(*process);
  if (ids::on()) collect_bound_sysv(files_->segments(), shared_, records_);
  else if (own_ipc_) collect_sysv(files_->segments(), shared_, records_);
  else if (!files_->segments().empty()) refuse(EOPNOTSUPP, "the instance shares the host's IPC namespace and has shared memory segments attached");
  for (auto &process : instance_.processes) {
    if (ids::on() && !process->zombie) held_.try_emplace(process.get(), *process).first->second.look_at_shared(*process);
  }
  collect_processes();
  record_descriptor_tables(collector_);
  refuse_crowded_tables(collector_, files_->count());
  if (ids::on()) ids::record(records_);
  thread_count_ = instance_.thread_count();
  process_count_ = instance_.processes.size();
}

HeldLocks *Snapshot::held_locks(const Process &process) {
  auto found = held_.find(&process);
  return found == held_.end() ? nullptr : &found->second;
}

// What can't wait for the resume: memory that no copy inherits, or all of it where no copy could be made.
void Snapshot::save_now(Process &process, bool uninherited) {
  MemoryPlan plan = plan_memory(process, process.pid, uninherited, Contents::OF_A_FORK, pages_);
  pages_.copy_process(process.pid, plan.copies, held_locks(process));
  plans_[&process] = std::move(plan);
}

// Flags come from the copy's smaps, which is slow to read, after the resume. What the copy lacks was MADV_DONTFORK. From huge pages it may be
// driven away: where none is free for a page that both have, the application gets to keep its own.
static bool mark_uninherited(Process &process) {
  if (mapped_pages(process.copy) == mapped_pages(process.pid)) return false;
  std::vector<Mapping> inherited = read_mappings(process.copy);
  bool any = false;
  auto at = inherited.begin();
  for (Mapping &mapping : process.mappings) {
    while (at != inherited.end() && at->start < mapping.start) ++at;
    bool there = at != inherited.end() && at->start == mapping.start;
    if (there && !mapping.huge_page) continue;
    mapping.uninherited = any = true;
    if (there) continue;
    if (mapping.flags.empty()) mapping.flags = " dc ";
  }
  return any;
}

void Snapshot::make_frozen_copies() {
  auto &processes = instance_.processes;
  concurrently(processes.size(), [&](size_t i) {
    if (processes[i]->zombie) return;
    if (options_.end) try_confinement(*processes[i]);
    else make_frozen_copy(*processes[i]);
  });
  for (const auto &process : processes) refuse_confined(*process);
  if (options_.end) return;
  for (auto &process : processes) {
    if (process->zombie) continue;
    if (process->copy) {
      if (!mark_uninherited(*process)) continue;
      read_policies(*process, process->pid);
      save_now(*process, true);
    } else {
      read_flags(process->pid, process->mappings);
      read_policies(*process, process->pid);
      save_now(*process, false);
    }
  }
}

uint64_t Snapshot::resume_processes() {
  collector_.queues.clear(); // whose descriptors this program must not hold open any longer than the application does
  std::vector<std::unique_ptr<Process>> all = std::move(instance_.processes);
  instance_.processes.clear();
  for (auto &process : all) {
    auto rest = std::make_unique<Process>();
    rest->pid = process->pid;
    rest->threads = process->threads;
    instance_.processes.push_back(std::move(rest));
  }
  resume_application(instance_);
  uint64_t us = monotonic_us() - suspended_since_us();
  saved_ = std::move(all);
  return us;
}

static void add_flags(Process &process, pid_t from) {
  std::vector<Mapping> read = process.mappings;
  for (Mapping &mapping : read) mapping.flags.clear();
  read_flags(from, read);
  for (size_t i = 0; i < read.size(); i++)
    process.mappings[i].flags = read[i].flags + (process.mappings[i].has_flag("lo") ? " lo " : "") + (process.mappings[i].has_flag("lf") ? " lf " : "") + (process.mappings[i].has_flag("dc") ? " dc " : "");
}

void Snapshot::record_memory_state() {
  auto &processes = options_.end ? instance_.processes : saved_;
  std::vector<Process *> unsaved;
  for (auto &process : processes) {
    if (process->zombie) continue;
    if (process->copy || options_.end) unsaved.push_back(process.get());
  }
  save_memory(unsaved);
  for (auto &process : processes) {
    if (process->zombie) continue;
    MemoryPlan &plan = plans_[process.get()];
    std::sort(plan.extents.begin(), plan.extents.end(), [](const image_extent &a, const image_extent &b) { return a.start < b.start; });
    record_memory(*process, plan, records_);
    if (HeldLocks *held = held_locks(*process)) records_.add(RECORD_HELD, process->image.pid, "", held->record());
    parent_bytes_ += plan.parent_bytes;
  }
}

// Several processes at once: nothing is traced any more.
void Snapshot::save_memory(const std::vector<Process *> &unsaved) {
  auto source = [](const Process &process) { return process.copy ? process.copy : process.pid; };
  in_parallel(unsaved.size(), [&](size_t i) {
    add_flags(*unsaved[i], source(*unsaved[i]));
    if (unsaved[i]->policies.empty()) read_policies(*unsaved[i], source(*unsaved[i]));
  });
  std::vector<MemoryPlan> plans;
  for (Process *process : unsaved)
    plans.push_back(plan_memory(*process, source(*process), false, options_.end ? Contents::OF_ITSELF : Contents::OF_A_FORK, pages_));
  in_parallel(unsaved.size(), [&](size_t i) {
    pages_.copy_process(source(*unsaved[i]), plans[i].copies, held_locks(*unsaved[i]));
    kill_frozen_copy(*unsaved[i]);
  });
  for (size_t i = 0; i < unsaved.size(); i++) {
    MemoryPlan &plan = plans_[unsaved[i]]; // what could not wait for the resume is there already
    plan.extents.insert(plan.extents.end(), plans[i].extents.begin(), plans[i].extents.end());
    plan.parent_bytes += plans[i].parent_bytes;
  }
}

void Snapshot::hand_over_sockets(SocketHolder &holder) {
  for (uint32_t id : collector_.outward) holder.give(id, collector_.all[id - 1].borrow());
  holder.keep();
}

// FIG. 5, step 278: global state first; 280-282: each process, children before their parents.
uint64_t Snapshot::end_application() {
  if (ids::on()) remove_bound_sysv(), remove_named_mqueues(collector_);
  else if (own_ipc_) remove_sysv();
  for (auto process = instance_.processes.rbegin(); process != instance_.processes.rend(); ++process) {
    kill_surely((*process)->pid);
    for (const Thread &thread : (*process)->threads) {
      int status;
      while (thread.tid != (*process)->pid && waitpid(thread.tid, &status, __WALL) > 0 && WIFSTOPPED(status)) continue;
    }
    int status;
    if (!(*process)->zombie)
      while (waitpid((*process)->pid, &status, __WALL) > 0 && WIFSTOPPED(status)) continue;
  }
  instance_.processes.clear();
  instance_.guests.reset(); // to see for themselves that it has ended
  return monotonic_us() - suspended_since_us();
}

void Snapshot::write_records() {
  header_.records_size = records_.bytes().size();
  header_.record_count = records_.count();
  header_.pages_size = pages_.length();
  header_.process_count = static_cast<uint32_t>(process_count_);
  header_.thread_count = static_cast<uint32_t>(thread_count_);
  header_.page_count = static_cast<uint32_t>(pages_.pages_written());
  Descriptor file(openat(out_.get(), "records", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) fail_call("create %s/records", options_.out.c_str());
  std::string all = Records::bytes_of(header_) + records_.bytes();
  for (size_t at = 0; at < all.size();) {
    ssize_t put = write(file.get(), all.data() + at, all.size() - at);
    if (put < 0) fail_call("write %s/records", options_.out.c_str());
    at += static_cast<size_t>(put);
  }
}

std::string Snapshot::finish() {
  auto &processes = options_.end ? instance_.processes : saved_;
  for (const auto &process : processes)
    if (!process->zombie && process->virtual_pid == options_.main) header_.main_pid = static_cast<uint32_t>(options_.main);
  pages_.finish();
  write_records();
  finished_ = true;
  uint64_t written = pages_.pages_written() * page_size, records = sizeof header_ + records_.bytes().size();
  return text("done processes=%llu threads=%llu resources=%u bytes=%llu dumped=%llu", static_cast<unsigned long long>(process_count_),
              static_cast<unsigned long long>(thread_count_), records_.resources(), static_cast<unsigned long long>(records + written + parent_bytes_),
              static_cast<unsigned long long>(records + written));
}
