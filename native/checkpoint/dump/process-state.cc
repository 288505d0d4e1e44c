#include "checkpoint/dump/process-state.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cstring>

#include "checkpoint/dump/async-io.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/keyrings.h"
#include "checkpoint/dump/landlock.h"
#include "checkpoint/dump/pages-file.h"
#include "checkpoint/dump/signal-state.h"
#include "checkpoint/dump/thread-state.h"
#include "checkpoint/dump/user-ids.h"

static uint32_t last_number(const std::string &value) { return static_cast<uint32_t>(strtoul(last_word(value).c_str(), nullptr, 10)); }

// As the innermost namespace, or the AID's table, tells it; 0: one outside of the instance.
static uint32_t number_of(const std::string &value) {
  uint32_t number = last_number(value);
  return ids::on() ? static_cast<uint32_t>(ids::shown(static_cast<pid_t>(number))) : number;
}

// FIG. 5, step 266: the ids as the application knows them, which its namespaces or its table translate.
static void read_ids(const Instance &instance, Process &process, const Fields &status, const std::vector<std::string> &stat) {
  image_process &out = process.image;
  out.pid = static_cast<uint32_t>(process.virtual_pid);
  pid_t parent = static_cast<pid_t>(stat_number(stat, 4));
  process.parent = instance.virtual_of(parent);
  out.ppid = static_cast<uint32_t>(process.parent ? process.parent : 1);
  out.pgid = number_of(status.find("NSpgid")->second);
  out.sid = number_of(status.find("NSsid")->second);
  // That of a thread is none.
  std::vector<std::string> first = process.pid == process.leader ? stat : parse_stat(proc_read(text("%d/stat", process.leader)));
  out.exit_signal = static_cast<int32_t>(stat_number(first, 38));
}

static void read_bounds(image_process &out, const std::vector<std::string> &stat) {
  out.start_code = stat_number(stat, 26);
  out.end_code = stat_number(stat, 27);
  out.start_stack = stat_number(stat, 28);
  out.start_data = stat_number(stat, 45);
  out.end_data = stat_number(stat, 46);
  out.start_brk = stat_number(stat, 47);
  out.arg_start = stat_number(stat, 48);
  out.arg_end = stat_number(stat, 49);
  out.env_start = stat_number(stat, 50);
  out.env_end = stat_number(stat, 51);
}

static void read_vdso(image_process &out, const std::vector<Mapping> &mappings) {
  for (const Mapping &mapping : mappings) {
    uint64_t *start = mapping.path == "[vdso]" ? &out.vdso_start : mapping.path == "[vvar]" ? &out.vvar_start
                    : mapping.path == "[vvar_vclock]" ? &out.vvar_vclock_start : nullptr;
    uint64_t *size = mapping.path == "[vdso]" ? &out.vdso_size : mapping.path == "[vvar]" ? &out.vvar_size : &out.vvar_vclock_size;
    if (!start) continue;
    *start = mapping.start;
    *size = mapping.size();
  }
}

static void number_threads(Process &process) {
  for (Thread &thread : process.threads) {
    if (ids::on()) {
      thread.virtual_tid = ids::claim(thread.tid);
      continue;
    }
    thread.virtual_tid = static_cast<pid_t>(last_number(thread.status["NSpid"]));
  }
}

void read_process_state(const Instance &instance, Process &process) {
  Fields status = process.zombie ? parse_fields(proc_read(text("%d/status", process.pid))) : process.threads[0].status;
  std::vector<std::string> stat = parse_stat(proc_read(text("%d/stat", process.pid)));
  image_process &out = process.image;
  read_ids(instance, process, status, stat);
  if (process.zombie) {
    out.flags |= PROCESS_ZOMBIE;
    out.exit_code = static_cast<int32_t>(stat_number(stat, 52));
    return;
  }
  read_bounds(out, stat);
  read_vdso(out, process.mappings);
  number_threads(process);
  out.umask = static_cast<uint32_t>(strtoul(status["Umask"].c_str(), nullptr, 8));
  if (process.group_stopped) out.flags |= PROCESS_STOPPED;
  if (status["NoNewPrivs"] == "1") out.flags |= PROCESS_NO_NEW_PRIVS;
  out.personality = static_cast<uint32_t>(strtoul(proc_read(text("%d/personality", process.pid)).c_str(), nullptr, 16));
  out.oom_score_adj = static_cast<uint32_t>(atoi(proc_read_optional(text("%d/oom_score_adj", process.pid)).c_str()));
  std::string login = proc_read_optional(text("%d/loginuid", process.pid));
  out.loginuid = login.empty() ? ~0u : static_cast<uint32_t>(strtoul(login.c_str(), nullptr, 10));
}

// /proc/PID/limits, because prlimit on another user's process takes a capability that even root may lack. Its lines stand in
// the order of the RLIMIT numbers.
static void collect_limits(const Process &process, Records &records) {
  std::string content = proc_read(text("%d/limits", process.pid));
  uint64_t limits[16][2];
  memset(limits, 0xff, sizeof limits);
  size_t at = content.find('\n');
  for (int i = 0; i < 16 && at != std::string::npos; i++) {
    size_t end = content.find('\n', at + 1);
    // The name is padded to column 26, each value to 21 (fs/proc/base.c).
    std::vector<std::string> words = split_words(content.substr(at + 1 + 26, end - at - 1 - 26));
    for (size_t j = 0; j < 2 && j < words.size(); j++)
      if (words[j] != "unlimited") limits[i][j] = strtoull(words[j].c_str(), nullptr, 10);
    at = end;
  }
  records.add(RECORD_RLIMITS, process.image.pid, "", limits);
}

static void collect_groups(const Process &process, Records &records) {
  std::string groups;
  for (const std::string &word : split_words(field(process.threads[0].status, "Groups"))) {
    uint32_t group = group_in_instance(process.pid, static_cast<uint32_t>(strtoul(word.c_str(), nullptr, 10)));
    groups.append(reinterpret_cast<const char *>(&group), sizeof group);
  }
  if (!groups.empty()) records.add(RECORD_CGROUPS, process.image.pid, "", groups);
}

static uint64_t locked_now(const Process &process) { return strtoull(parse_fields(proc_read(text("%d/status", process.pid)))["VmLck"].c_str(), nullptr, 10); }

// With mlockall(MCL_FUTURE) new memory is locked, and there at once but for MCL_ONFAULT; nothing tells it but new memory.
static uint32_t locks_future(Process &process, Injector &injector) {
  bool locked = false, on_fault = false;
  for (const Mapping &mapping : process.mappings) {
    locked = locked || mapping.has_flag("lo");
    on_fault = on_fault || mapping.has_flag("lf");
  }
  if (!locked) return 0;
  uint64_t before = locked_now(process);
  long at = injector.call(SYS_mmap, 0, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, ~0ull, 0);
  if (at < 0 && at > -4096) return PROCESS_LOCKS_FUTURE | (on_fault ? PROCESS_LOCKS_ON_FAULT : 0); // refused by the limit of locked memory
  uint8_t resident = 0;
  bool grown = locked_now(process) > before, known = injector.ask("which new memory is there", SYS_mincore, static_cast<uint64_t>(at), page_size, injector.scratch()) == 0;
  if (known) injector.fetch(&resident, sizeof resident);
  injector.call(SYS_munmap, static_cast<uint64_t>(at), page_size);
  return !grown ? 0 : resident & 1 ? PROCESS_LOCKS_FUTURE : PROCESS_LOCKS_FUTURE | PROCESS_LOCKS_ON_FAULT;
}

static constexpr uint64_t barrier_registrations = 1 << 9; // MEMBARRIER_CMD_GET_REGISTRATIONS of Linux 6.3

static void ask_process(Process &process, Injector &injector) {
  image_process &out = process.image;
  uint64_t at = injector.scratch();
  process.surely_free = is_surely_free(process, injector);
  out.brk = static_cast<uint64_t>(injector.ask("where its heap ends", SYS_brk, 0));
  long dumpable = injector.ask("who may look into it", SYS_prctl, PR_GET_DUMPABLE);
  out.dumpable = dumpable > 0 ? static_cast<uint32_t>(dumpable) : 0;
  int32_t answer = 0;
  if (injector.ask("its signal at its parent's end", SYS_prctl, PR_GET_PDEATHSIG, at) == 0 && injector.fetch(&answer, sizeof answer)) out.pdeath_signal = answer;
  if (injector.ask("whether descendants pass to it", SYS_prctl, PR_GET_CHILD_SUBREAPER, at) == 0 && injector.fetch(&answer, sizeof answer) && answer)
    out.flags |= PROCESS_CHILD_SUBREAPER;
  if (injector.ask("whether it keeps capabilities", SYS_prctl, PR_GET_KEEPCAPS) == 1) out.flags |= PROCESS_KEEPCAPS;
  out.flags |= locks_future(process, injector);
  long barriers = injector.ask("its memory barriers", SYS_membarrier, barrier_registrations, 0, 0);
  if (barriers > 0) out.flags |= static_cast<uint32_t>(barriers) << PROCESS_BARRIERS_SHIFT;
}

// As the first that lives, with its own name: a restore makes it, for it names the process, and lets it end.
static void collect_ended_leader(Process &process, const Thread &living, Injector &injector, Records &records) {
  Thread leader = living;
  leader.virtual_tid = process.virtual_pid;
  leader.ended = true;
  collect_thread(process, leader, injector, records);
}

void collect_process(Process &process, const ProcessFiles &files, Records &records) {
  process.image.exe_file = files.exe;
  process.image.cwd_file = files.cwd;
  process.image.root_file = files.root;
  Records signals, threads; // they stand after the process, but one injection serves them all
  for (Thread &thread : process.threads) {
    Injector injector(process, thread);
    if (thread.tid == process.pid) {
      ask_process(process, injector);
      collect_sigactions(process, injector, signals);
      collect_timers(process, injector, signals);
      collect_rings(process, injector, signals);
      collect_pending(thread, process.image.pid, true, signals);
      if (process.image.flags & PROCESS_LEADER_ENDED) collect_ended_leader(process, thread, injector, threads);
    }
    refuse_keys(process, thread.tid == process.pid, injector);
    collect_thread(process, thread, injector, threads);
  }
  records.add(RECORD_PROCESS, process.image.pid, "", process.image);
  records.append(signals);
  collect_limits(process, records);
  collect_groups(process, records);
  records.add(RECORD_AUXV, process.image.pid, "", proc_read(text("%d/auxv", process.pid)));
  records.append(threads);
}

void collect_zombie(Process &process, Records &records) { records.add(RECORD_PROCESS, process.image.pid, "", process.image); }
