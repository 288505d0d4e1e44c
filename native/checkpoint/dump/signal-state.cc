#include "checkpoint/dump/signal-state.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <cstdio>
#include <cstring>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/ids.h"

// A signal that came when its receiver had as many waiting as it may have (RLIMIT_SIGPENDING) waits all the same, but nothing is known of it.
static std::string without_details(uint64_t waiting) {
  std::string out;
  for (int number = 1; number <= 64; number++) {
    siginfo_t info{};
    info.si_signo = number;
    info.si_code = SI_USER;
    if (number != SIGKILL && waiting >> (number - 1) & 1) out.append(reinterpret_cast<const char *>(&info), sizeof info);
  }
  return out;
}

void collect_pending(const Thread &thread, uint32_t id, bool shared, Records &records) {
  std::string out;
  uint64_t waiting = strtoull(field(thread.status, shared ? "ShdPnd" : "SigPnd").c_str(), nullptr, 16);
  siginfo_t queue[32];
  for (;;) {
    struct { uint64_t offset; uint32_t flags; int32_t count; } ask{out.size() / sizeof queue[0], shared ? 1u : 0u, 32};
    long got = ptrace(static_cast<__ptrace_request>(PTRACE_PEEKSIGINFO), thread.tid, &ask, queue);
    if (got < 0) fail_call("read the pending signals of thread %u", id);
    if (got == 0) break;
    for (long i = 0; i < got; i++) waiting &= ~(1ull << (queue[i].si_signo - 1));
    for (long i = 0; i < got && ids::on(); i++) ids::translate_sender(reinterpret_cast<char *>(&queue[i]));
    out.append(reinterpret_cast<const char *>(queue), static_cast<size_t>(got) * sizeof queue[0]);
  }
  out += without_details(waiting);
  if (!out.empty()) records.add(RECORD_SIGPENDING, id, shared ? "shared" : "", out);
}

// Only the caught ones have anything to ask; SIGCHLD's flags say what becomes of children even when it is not caught.
void collect_sigactions(const Process &process, Injector &injector, Records &records) {
  const Fields &status = process.threads[0].status;
  uint64_t ignored = strtoull(field(status, "SigIgn").c_str(), nullptr, 16), caught = strtoull(field(status, "SigCgt").c_str(), nullptr, 16);
  image_sigaction actions[64] = {};
  for (int number = 1; number <= 64; number++) {
    image_sigaction &action = actions[number - 1];
    uint64_t bit = 1ull << (number - 1);
    if (ignored & bit) action.handler = reinterpret_cast<uint64_t>(SIG_IGN);
    if (!(caught & bit) && number != SIGCHLD) continue;
    if (injector.ask("its signal handlers", SYS_rt_sigaction, static_cast<uint64_t>(number), 0, injector.scratch(), 8) == 0)
      injector.fetch(&action, sizeof action); // struct kernel_sigaction has the same order
  }
  records.add(RECORD_SIGACTIONS, static_cast<uint32_t>(process.virtual_pid), "", actions);
}

static void collect_itimers(const Process &process, Injector &injector, Records &records) {
  int64_t values[3][4] = {};
  bool any = false;
  for (uint64_t which = 0; which < 3; which++) {
    if (injector.ask("its interval timers", SYS_getitimer, which, injector.scratch()) != 0) continue;
    injector.fetch(values[which], sizeof values[which]);
    any = any || values[which][2] || values[which][3];
  }
  if (any) records.add(RECORD_ITIMERS, static_cast<uint32_t>(process.virtual_pid), "", values);
}

static int virtual_thread(const Process &process, int host_tid) {
  for (const Thread &thread : process.threads)
    if (thread.tid == host_tid) return thread.virtual_tid;
  return 0;
}

static void collect_posix_timer(const Process &process, Injector &injector, Fields &fields, Records &records) {
  image_posix_timer out{};
  out.id = atoi(fields["ID"].c_str());
  out.clock = atoi(fields["ClockID"].c_str());
  unsigned long long value = 0;
  sscanf(fields["signal"].c_str(), "%d/%llx", &out.signum, &value);
  out.sigval = value;
  const std::string &notify = fields["notify"]; // "signal/pid.N", "thread/tid.N" or "none/pid.N"
  bool to_thread = notify.find("tid.") != std::string::npos;
  out.notify = (notify.starts_with("none") ? SIGEV_NONE : notify.starts_with("thread") ? SIGEV_THREAD : SIGEV_SIGNAL) | (to_thread ? SIGEV_THREAD_ID : 0);
  if (to_thread) out.notify_tid = virtual_thread(process, atoi(notify.c_str() + notify.find("tid.") + 4));
  int64_t setting[4] = {};
  uint64_t id = static_cast<uint64_t>(out.id);
  if (injector.ask("its timers", SYS_timer_gettime, id, injector.scratch()) == 0) injector.fetch(setting, sizeof setting);
  out.interval_ns = setting[0] * 1000000000 + setting[1];
  out.value_ns = setting[2] * 1000000000 + setting[3];
  long overrun = injector.ask("what its timers have missed", SYS_timer_getoverrun, id);
  out.overrun = overrun > 0 ? static_cast<int32_t>(overrun) : 0;
  records.add(RECORD_POSIX_TIMER, static_cast<uint32_t>(process.virtual_pid), "", out);
}

void collect_timers(const Process &process, Injector &injector, Records &records) {
  collect_itimers(process, injector, records);
  std::string content = proc_read(text("%d/timers", process.pid));
  for (size_t at = 0; at < content.size();) {
    size_t next = content.find("\nID:", at);
    size_t end = next == std::string::npos ? content.size() : next + 1;
    Fields fields = parse_fields(content.substr(at, end - at));
    collect_posix_timer(process, injector, fields, records);
    at = end;
  }
}
