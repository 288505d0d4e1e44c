#include "checkpoint/dump/sharing.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "checkpoint/dump/failure.h"

// 0: one and the same, 1 and 2: before and after it in an order that only the kernel knows.
static long compare(pid_t a, pid_t b, int what) {
  long order = syscall(SYS_kcmp, a, b, what, 0, 0);
  if (order < 0) fail_call("compare process %d with process %d", a, b);
  return order;
}

// Sorted, those that share one stand side by side: whoever is whose child.
static void refuse_common(std::vector<const Process *> processes, int what, const char *words) {
  std::sort(processes.begin(), processes.end(), [&](const Process *a, const Process *b) { return compare(a->pid, b->pid, what) == 1; });
  for (size_t i = 1; i < processes.size(); i++) {
    if (compare(processes[i - 1]->pid, processes[i]->pid, what) != 0) continue;
    auto [first, second] = std::minmax(processes[i - 1]->virtual_pid, processes[i]->virtual_pid);
    refuse(EOPNOTSUPP, "processes %d and %d share one %s, which can't be part of a template", first, second, words);
  }
}

static void refuse_own(const Process &process, const Thread &thread, const char *words) {
  refuse(EOPNOTSUPP, "thread %s of process %d has %s of its own, which can't be part of a template", last_word(field(thread.status, "NSpid")).c_str(),
         process.virtual_pid, words);
}

// What a thread can have for itself; a mount namespace only with a directory of its own. The last two are for its children.
static constexpr std::pair<const char *, const char *> of_threads[] = {{"net", "a network namespace"}, {"uts", "a host name"}, {"ipc", "an IPC namespace"},
                                                                       {"cgroup", "a cgroup namespace"}, {"pid_for_children", "a process namespace"},
                                                                       {"time_for_children", "a time namespace"}};

static std::string namespace_of(const Thread &thread, const char *kind) {
  std::string path = text("%d/ns/%s", thread.tid, kind);
  try {
    return proc_link(path);
  } catch (const Failure &failure) {
    if (failure.code != ENOENT) throw;
    return ""; // the kernel has none of the kind
  }
}

static void refuse_own_of_threads(const Process &process) {
  const Thread &first = process.threads.front();
  if (process.threads.size() == 1) return;
  std::string expected[std::size(of_threads)];
  for (size_t i = 0; i < std::size(of_threads); i++) expected[i] = namespace_of(first, of_threads[i].first);
  for (const Thread &thread : process.threads) {
    if (thread.tid == first.tid) continue;
    if (compare(first.tid, thread.tid, KCMP_FILES) != 0) refuse_own(process, thread, "descriptors");
    if (compare(first.tid, thread.tid, KCMP_FS) != 0) refuse_own(process, thread, "a working directory");
    for (size_t i = 0; i < std::size(of_threads); i++)
      if (!expected[i].empty() && namespace_of(thread, of_threads[i].first) != expected[i]) refuse_own(process, thread, of_threads[i].second);
  }
}

void refuse_strange_sharing(const Instance &instance) {
  std::vector<const Process *> living;
  for (const auto &process : instance.processes)
    if (!process->zombie) living.push_back(process.get());
  refuse_common(living, KCMP_VM, "memory space");
  refuse_common(living, KCMP_FILES, "table of descriptors");
  for (const Process *process : living) refuse_own_of_threads(*process);
}
