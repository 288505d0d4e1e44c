#include "checkpoint/dump/settings.h"

#include <asm/prctl.h>
#include <linux/mempolicy.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/scheduling.h"
#include "checkpoint/dump/way-home.h"

class Settings {
 public:
  void add(uint32_t what, uint64_t value) { bytes_ += Records::bytes_of(image_setting{what, 0, value}); }
  // Where the call answers with what was set, and 0 where nothing was.
  void add_answer(uint32_t what, long answer) {
    if (answer > 0) add(what, static_cast<uint64_t>(answer));
  }
  void append(const std::string &settings) { bytes_ += settings; }
  const std::string &bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

static void collect_core_filter(const Process &process, Settings &out) {
  std::string theirs = proc_read_optional(text("%d/coredump_filter", process.pid));
  static const std::string own = proc_read_optional("self/coredump_filter");
  constexpr unsigned long usual = 0x33;
  unsigned long filter = strtoul(theirs.c_str(), nullptr, 16);
  if (!theirs.empty() && (filter != usual || strtoul(own.c_str(), nullptr, 16) != usual)) out.add(SETTING_CORE_FILTER, filter);
}

static void collect_autogroup(const Process &process, Settings &out) {
  constexpr int bias = 20;
  int nice = atoi(last_word(proc_read_optional(text("%d/autogroup", process.pid))).c_str()); // "/autogroup-12 nice 5"
  if (nice != 0) out.add(SETTING_AUTOGROUP_NICE, static_cast<uint64_t>(nice + bias));
}

static void collect_of_process(const Process &process, Injector &injector, Settings &out) {
  constexpr uint64_t get_mdwe = 66, get_memory_merge = 68;
  collect_core_filter(process, out);
  collect_autogroup(process, out);
  out.add_answer(SETTING_HUGE_PAGES_OFF, injector.ask("its huge pages", SYS_prctl, PR_GET_THP_DISABLE));
  out.add_answer(SETTING_NO_NEW_CODE, injector.ask("what it may execute", SYS_prctl, get_mdwe));
  out.add_answer(SETTING_MERGED, injector.ask("the merging of its pages", SYS_prctl, get_memory_merge));
}

static void collect_io_priority(const Process &process, const Thread &thread, Settings &out) {
  constexpr int of_thread = 1; // IOPRIO_WHO_PROCESS
  long priority = syscall(SYS_ioprio_get, of_thread, thread.tid);
  if (priority < 0) fail_call("ask for the I/O priority of process %d", process.virtual_pid);
  out.add_answer(SETTING_IO_PRIORITY, priority);
}

// The kernel shows its own flags of a thread, and nothing else tells of these without being asked by the thread itself.
static void collect_flags(const Process &process, const Thread &thread, Settings &out) {
  constexpr unsigned long long no_io = 0x00080000, throttled = 0x00100000, mce_chosen = 0x00000080, mce_early = 0x08000000;
  std::vector<std::string> stat = parse_stat(proc_read(text("%d/task/%d/stat", process.pid, thread.tid)));
  unsigned long long flags = stat_number(stat, 9);
  if ((flags & (no_io | throttled)) == (no_io | throttled)) out.add(SETTING_IO_FLUSHER, 1);
  if (flags & mce_chosen) out.add(SETTING_MEMORY_ERRORS, flags & mce_early ? PR_MCE_KILL_EARLY : PR_MCE_KILL_LATE);
}

static uint64_t speculation(const std::string &words) {
  if (words == "thread force mitigated" || words == "conditional force disabled") return PR_SPEC_FORCE_DISABLE;
  if (words == "thread mitigated" || words == "conditional disabled") return PR_SPEC_DISABLE;
  return words == "thread vulnerable" || words == "conditional enabled" ? PR_SPEC_ENABLE : 0;
}

static void collect_speculation(const Thread &thread, Settings &out) {
  static const Fields own = parse_fields(proc_read("self/status"));
  static const std::pair<const char *, uint32_t> kinds[] = {{"Speculation_Store_Bypass", SETTING_STORE_BYPASS}, {"SpeculationIndirectBranch", SETTING_INDIRECT_BRANCH}};
  for (const auto &[name, what] : kinds)
    if (field(thread.status, name) != field(own, name)) out.add_answer(what, static_cast<long>(speculation(field(thread.status, name))));
}

static bool cpuid_can_fail() {
  static const bool can = syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1) == 0; // it may be used, as it may be anyway
  return can;
}

static void collect_instructions(Injector &injector, Settings &out) {
  int answer = 0;
  if (injector.ask("its time stamp counter", SYS_prctl, PR_GET_TSC, injector.scratch()) == 0 && injector.fetch(&answer, sizeof answer) && answer == PR_TSC_SIGSEGV)
    out.add(SETTING_NO_TIME_STAMPS, PR_TSC_SIGSEGV);
  if (cpuid_can_fail() && injector.ask("its use of CPUID", SYS_arch_prctl, ARCH_GET_CPUID) == 0) out.add(SETTING_NO_CPUID, 1);
}

static void collect_policy(Process &process, bool acting, Injector &injector, Settings &out) {
  constexpr size_t most_nodes = 1024;
  struct { int32_t mode, unused; uint64_t nodes[most_nodes / 64]; } answer{};
  static_assert(sizeof answer <= results_size);
  uint64_t at = injector.scratch();
  long result = injector.ask("its memory policy", SYS_get_mempolicy, at, at + offsetof(decltype(answer), nodes), most_nodes + 1, 0, 0);
  if (result != 0 || !injector.fetch(&answer, sizeof answer) || answer.mode == MPOL_DEFAULT) return;
  for (size_t i = 1; i < most_nodes / 64; i++)
    if (answer.nodes[i]) refuse(EOPNOTSUPP, "process %d wants its memory on nodes of more than 64, which can't be part of a template", process.virtual_pid);
  if (acting) process.policy_mode = static_cast<uint32_t>(answer.mode), process.policy_nodes = answer.nodes[0];
  out.add(SETTING_POLICY_MODE, static_cast<uint32_t>(answer.mode));
  out.add(SETTING_POLICY_NODES, answer.nodes[0]);
}

void collect_settings(Process &process, const Thread &thread, bool acting, Injector &injector, Records &records) {
  Settings out;
  if (acting) collect_of_process(process, injector, out);
  collect_io_priority(process, thread, out);
  collect_flags(process, thread, out);
  collect_speculation(thread, out);
  collect_instructions(injector, out);
  collect_policy(process, acting, injector, out);
  out.append(more_of_scheduling(process, thread.tid));
  if (!out.bytes().empty()) records.add(RECORD_SETTINGS, static_cast<uint32_t>(thread.virtual_tid), "", out.bytes());
}
