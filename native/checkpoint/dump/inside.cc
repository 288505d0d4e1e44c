#include "checkpoint/dump/inside.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include <exception>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

struct Task {
  const std::function<void()> *look;
  int space;
  bool entered = false, done = false;
  std::exception_ptr thrown;
};

// The caller stands still meanwhile (CLONE_VFORK), so one stack for each of the two is enough.
static constexpr size_t stack_size = 256 * 1024;
alignas(16) static char stacks[2][stack_size];

static bool run(int (*main)(void *), int level, Task &task) {
  pid_t pid = clone(main, stacks[level] + stack_size, CLONE_VM | CLONE_FILES | CLONE_VFORK, &task);
  return pid > 0 && waitpid(pid, nullptr, __WALL) == pid;
}

static int inner_main(void *argument) {
  Task &task = *static_cast<Task *>(argument);
  try {
    (*task.look)();
  } catch (...) {
    task.thrown = std::current_exception();
  }
  task.done = true;
  return 0;
}

// Entered by a task, a namespace of processes is that of its children.
static int outer_main(void *argument) {
  Task &task = *static_cast<Task *>(argument);
  task.entered = setns(task.space, CLONE_NEWPID) == 0 && run(inner_main, 1, task);
  return 0;
}

// Where ids are bound by the preload library: a user may not enter the host's namespace, which this program is in anyway.
static bool is_own(int space) {
  struct stat own, theirs;
  return proc_stat("self/ns/pid", own) && fstat(space, &theirs) == 0 && own.st_ino == theirs.st_ino;
}

void inside_instance(const Instance &instance, const std::function<void()> &look) {
  Descriptor space = proc_open(text("%d/ns/pid", instance.init), O_RDONLY);
  if (is_own(space.get())) return look();
  Task task{&look, space.get(), false, false, nullptr};
  if (!run(outer_main, 0, task) || !task.entered || !task.done) fail_call("look from inside the instance");
  if (task.thrown) std::rethrow_exception(task.thrown);
}
