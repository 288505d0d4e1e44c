#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/settings.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <asm/prctl.h>
#include <linux/prctl.h>
#include <time.h>

#define IO_PRIORITY_OF_THREAD 1 /* IOPRIO_WHO_PROCESS */
#define SET_MDWE 65
#define SET_MEMORY_MERGE 67

static const struct image_setting *find(const struct thread *thread, uint32_t what) {
  const struct image_setting *s = thread->settings.data, *end = s + thread->settings.size / sizeof *s;
  for (; s < end; s++)
    if (s->what == what) return s;
  return NULL;
}

uint64_t setting_of(const struct thread *thread, uint32_t what) {
  const struct image_setting *setting = find(thread, what);
  return setting ? setting->value : 0;
}

static long write_number(const char *path, int64_t number) {
  char text[24];
  struct line line = line_in(text, sizeof text);
  put_number(&line, number);
  long fd = sys_open(path, O_WRONLY | O_CLOEXEC, 0);
  long r = fd < 0 ? fd : sys_write(fd, text, (size_t)(line.at - text));
  if (fd >= 0) sys_close(fd);
  return r;
}

static int set_core_filter(uint32_t pid, uint64_t filter) {
  long r = write_number("/proc/self/coredump_filter", (int64_t)filter);
  return r < 0 ? fail_number(r, "choose what is in a core file of process", pid) : 0;
}

/* Every process of the session does it: nobody need know who is its last. Without root the kernel takes one in a tenth of a second. */
static int set_autogroup_nice(uint32_t pid, uint64_t biased) {
  enum { BIAS = 20, TRIES = 40 };
  const struct timespec pause = {0, 50000000};
  long r = -EAGAIN;
  for (int i = 0; i < TRIES && (r = write_number("/proc/self/autogroup", (int64_t)biased - BIAS)) == -EAGAIN; i++) regardless(sys2(SYS_nanosleep, &pause, 0));
  return r < 0 && r != -EPERM ? fail_number(r, "weigh the session of process", pid) : 0;
}

int settings_of_process(const struct process *process) {
  const struct thread *leader = acting_leader(process);
  uint32_t pid = process->image->pid;
  const struct image_setting *filter = find(leader, SETTING_CORE_FILTER);
  if (filter && set_core_filter(pid, filter->value) < 0) return -1;
  uint64_t nice = setting_of(leader, SETTING_AUTOGROUP_NICE);
  if (nice && set_autogroup_nice(pid, nice) < 0) return -1;
  uint64_t off = setting_of(leader, SETTING_HUGE_PAGES_OFF);
  long r = off ? sys5(SYS_prctl, PR_SET_THP_DISABLE, 1, off & ~1ull, 0, 0) : 0;
  if (r < 0) return fail_number(r, "forbid huge pages in process", pid);
  if (setting_of(leader, SETTING_MERGED) && (r = sys5(SYS_prctl, SET_MEMORY_MERGE, 1, 0, 0, 0)) < 0 && r != -EPERM)
    return fail_number(r, "have like pages merged in process", pid);
  return 0;
}

static int set_speculation(const struct thread *thread, uint32_t what, int kind) {
  uint64_t how = setting_of(thread, what);
  long r = how ? sys5(SYS_prctl, PR_SET_SPECULATION_CTRL, kind, how, 0, 0) : 0;
  return r < 0 ? fail_number(r, "control the speculation of thread", thread->image->tid) : 0;
}

/* A right that this machine may refuse even root must not cost the clone. */
int settings_of_thread(const struct thread *thread) {
  uint32_t tid = thread->image->tid;
  uint64_t priority = setting_of(thread, SETTING_IO_PRIORITY);
  long r = priority ? sys3(SYS_ioprio_set, IO_PRIORITY_OF_THREAD, 0, priority) : 0;
  if (r < 0 && r != -EPERM) return fail_number(r, "set the I/O priority of thread", tid);
  if (setting_of(thread, SETTING_IO_FLUSHER) && (r = sys5(SYS_prctl, PR_SET_IO_FLUSHER, 1, 0, 0, 0)) < 0 && r != -EPERM)
    return fail_number(r, "have I/O served by thread", tid);
  const struct image_setting *errors = find(thread, SETTING_MEMORY_ERRORS);
  if (errors && (r = sys5(SYS_prctl, PR_MCE_KILL, PR_MCE_KILL_SET, errors->value, 0, 0)) < 0) return fail_number(r, "choose how memory errors end thread", tid);
  if (set_speculation(thread, SETTING_STORE_BYPASS, PR_SPEC_STORE_BYPASS) < 0 || set_speculation(thread, SETTING_INDIRECT_BRANCH, PR_SPEC_INDIRECT_BRANCH) < 0) return -1;
  uint64_t nodes = setting_of(thread, SETTING_POLICY_NODES), mode = setting_of(thread, SETTING_POLICY_MODE);
  if (mode && (r = sys3(SYS_set_mempolicy, mode, nodes ? &nodes : 0, nodes ? 65 : 0)) < 0) return fail_number(r, "choose the nodes of memory of thread", tid);
  return 0;
}

int settings_last(const struct process *process, const struct thread *thread) {
  uint32_t tid = thread->image->tid;
  uint64_t no_new_code = thread == acting_leader(process) ? setting_of(thread, SETTING_NO_NEW_CODE) : 0;
  long r = no_new_code ? sys5(SYS_prctl, SET_MDWE, no_new_code, 0, 0, 0) : 0;
  if (r < 0) return fail_number(r, "forbid memory that is written and then executed in process", process->image->pid);
  if (setting_of(thread, SETTING_NO_CPUID) && (r = sys2(SYS_arch_prctl, ARCH_SET_CPUID, 0)) < 0) return fail_number(r, "forbid CPUID to thread", tid);
  if (setting_of(thread, SETTING_NO_TIME_STAMPS) && (r = sys2(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV)) < 0)
    return fail_number(r, "forbid the time stamp counter to thread", tid);
  return 0;
}
