/* What single calls set and nothing shows: of the process what a core file has and whether huge pages and new code are allowed, of each thread
 * the priority of its I/O, what memory errors do to it, its nodes of memory, its slice of time and whether it reads the time stamp counter. */
#include "thread.h"
#include "scheduling.h"
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { SET_MDWE = 65, GET_MDWE = 66, NO_EXEC_GAIN = 1, SET_MERGE = 67, GET_MERGE = 68 };
enum { IDLE_IO = 3 << 13, LOW_IO = 2 << 13 | 6, OF_THREAD = 1, STATIC_NODES = 1 << 15 };

struct of_thread { int io, errors, stamps, flusher; uint64_t slice; };
static const struct of_thread first = {IDLE_IO, PR_MCE_KILL_EARLY, PR_TSC_ENABLE, 1, 7000000}, second = {LOW_IO, PR_MCE_KILL_LATE, PR_TSC_SIGSEGV, 0, 1500000};
static uint64_t usual_slice;
static bool merges;

static struct attributes attributes(void) {
  struct attributes now = {0};
  must(syscall(SYS_sched_getattr, 0, &now, sizeof now, 0));
  return now;
}

static void set(const struct of_thread *to) {
  struct attributes wanted = {.size = sizeof wanted, .runtime = to->slice};
  must(syscall(SYS_ioprio_set, OF_THREAD, 0, to->io));
  must(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, to->errors, 0, 0));
  must(syscall(SYS_sched_setattr, 0, &wanted, 0));
  if (to->flusher && prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) != 0) expect("why no I/O is served by it", EPERM, errno);
  must(prctl(PR_SET_TSC, to->stamps)); /* from here on no clock is read by it */
}

static void check(const struct of_thread *as) {
  int stamps = 0;
  must(prctl(PR_GET_TSC, &stamps));
  must(prctl(PR_SET_TSC, PR_TSC_ENABLE));
  expect("whether it may read the time stamp counter", as->stamps, stamps);
  expect("its I/O priority", as->io, must(syscall(SYS_ioprio_get, OF_THREAD, 0)));
  expect("what memory errors do to it", as->errors, must(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0)));
  if (usual_slice) expect("its slice of time", as->slice, attributes().runtime);
  int flushes = prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0);
  if (flushes != -1) expect("whether I/O is served by it", as->flusher, flushes);
}

static struct channel gate;
static void work(void *unused) {
  (void)unused;
  uint64_t node = 1;
  must(syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &node, 65));
  set(&second);
  char byte;
  must(read(gate.from, &byte, 1));
  check(&second);
  int mode = 0;
  must(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0));
  expect("how its memory is spread", MPOL_INTERLEAVE, mode);
}

static unsigned long core_filter(void) {
  char text[32] = {0};
  int fd = (int)must(open("/proc/self/coredump_filter", O_RDONLY));
  must(read(fd, text, sizeof text - 1));
  close(fd);
  return strtoul(text, NULL, 16);
}

int main(void) {
  begin();
  static struct sleeper thread;
  gate = channel();
  usual_slice = attributes().runtime;
  int fd = (int)must(open("/proc/self/coredump_filter", O_WRONLY));
  expect("bytes of the filter", 4, must(write(fd, "0x7f", 4)));
  close(fd);
  sleep_in(&thread, work, NULL);
  uint64_t node = 1, nodes = 0;
  must(syscall(SYS_set_mempolicy, MPOL_BIND | STATIC_NODES, &node, 65));
  must(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
  must(prctl(SET_MDWE, NO_EXEC_GAIN, 0, 0, 0));
  merges = prctl(SET_MERGE, 1, 0, 0, 0) == 0;
  set(&first);
  await_go();
  check(&first);
  expect("what a core file has", 0x7f, core_filter());
  expect("whether huge pages are off", 1, must(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0)));
  expect("whether new code is forbidden", NO_EXEC_GAIN, must(prctl(GET_MDWE, 0, 0, 0, 0)));
  void *page = must_have(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  expect_errno(EACCES, mprotect(page, 4096, PROT_READ | PROT_EXEC));
  if (merges) expect("whether like pages are merged", 1, must(prctl(GET_MERGE, 0, 0, 0, 0)));
  int mode = 0;
  must(syscall(SYS_get_mempolicy, &mode, &nodes, 65, NULL, 0));
  expect("its nodes of memory, how", MPOL_BIND | STATIC_NODES, mode);
  expect("its nodes of memory", 1, nodes);
  tell(gate, 1);
  join(&thread);
  done();
}
