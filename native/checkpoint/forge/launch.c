/* FIG. 10 and 14: process x, the harness, primes its environment and launches process y, which inherits the link to the
 * AID. Here the order is the primed environment and the init is process x. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/channel.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/host-files.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/launch-ids.h"
#include "checkpoint/forge/make-process.h"
#include "checkpoint/forge/mounts.h"
#include "checkpoint/forge/priority.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <linux/sched.h>
#include <signal.h>

/* All values of `key`, NULL at the end. */
static const char **values(const char *key) {
  int count = 0, from = 0;
  while (order_next(&init.order, key, &from)) count++;
  const char **list = heap_take((size_t)(count + 1) * sizeof *list);
  if (!list) return NULL;
  from = 0;
  for (int i = 0; i < count; i++) list[i] = order_next(&init.order, key, &from);
  return list;
}

static const char *search_path(const char **environment) {
  for (; *environment; environment++) {
    const char *path = after(*environment, "PATH=");
    if (path) return path;
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* As execvp() does it, without its shell for what isn't executable: the answer is the kernel's, EACCES before ENOENT. */
static long execute(const char **words, const char **environment) {
  if (find_char(words[0], '/') || !*words[0]) return sys3(SYS_execve, words[0], words, environment);
  static char file[4096];
  long result = -ENOENT;
  for (const char *path = search_path(environment);;) {
    const char *end = find_char(path, ':');
    size_t size = end ? (size_t)(end - path) : strlen(path);
    struct line line = line_in(file, sizeof file);
    for (size_t i = 0; i < size; i++) put_char(&line, path[i]);
    put(&line, size ? "/" : "./");
    put(&line, words[0]);
    long r = sys3(SYS_execve, file, words, environment);
    if (r == -EACCES) result = r;
    else if (r != -ENOENT && r != -ENOTDIR) return r;
    if (!end) return result;
    path = end + 1;
  }
}

/* The streams lie above the init's own three. */
static int take_streams(void) {
  for (int i = 0; i < 3; i++) {
    long r = sys3(SYS_dup3, init.stdio[i], i, 0);
    if (r < 0) return fail_number(r, "place stream", i);
  }
  long r = sys3(SYS_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC: EOF on `started` is the sign of the exec */);
  return r < 0 ? fail(r, "keep to itself", "what the forge has open") : 0;
}

static int enter(const char *directory) {
  long r = sys1(SYS_chdir, directory);
  return r < 0 ? fail(r, "enter", directory) : 0;
}

static int begin(void) {
  const char *directory = order_value(&init.order, "cwd");
  long r = channel_say_process(init.channel, (int)sys0(SYS_getpid));
  if (r < 0) return fail(r, "tell of", "the new process");
  if ((r = sys0(SYS_setsid)) < 0) return fail(r, "make a session for", "the new process");
  regardless(sys1(SYS_umask, 022)); /* never fails */
  if (take_streams() < 0 || enter(directory ? directory : "/") < 0) return -1;
  signals_reset();
  return (r = priority_reset()) < 0 ? fail(r, "schedule as usual", "the new process") : 0;
}

/* Steps 566-570: the new flow of execution; whatever it can't do stands in the shared page. */
_Noreturn static void become_application(const char **words, const char **environment) {
  if (begin() >= 0) fail(execute(words, environment), "execute", words[0]);
  sys_exit(127);
}

static int set_hostname(void) {
  const char *name = order_value(&init.order, "hostname");
  if (name && init.plain) return fail(-EPERM, "set, without a namespace for it, the host name", name);
  long r = name ? sys2(SYS_sethostname, name, strlen(name)) : 0;
  return r < 0 ? fail(r, "set the host name", name) : 0;
}

/* Step 516: launches the application, and waits until it has been exec'd. */
static int start_main(const char **words, const char **environment) {
  int started[2];
  long r = sys2(SYS_pipe2, started, O_CLOEXEC);
  if (r < 0) return fail(r, "make", "a pipe");
  struct clone_args args = {.exit_signal = SIGCHLD};
  long pid = make_process(&args);
  if (pid == 0) become_application(words, environment);
  if (pid < 0) return fail(pid, "fork", words[0]);
  sys_close(started[1]);
  char byte;
  while (sys_read(started[0], &byte, 1) == -EINTR) {}
  sys_close(started[0]);
  init.main_pid = (int)pid;
  return shared()->failed ? -1 : 0;
}

int launch(struct line *answer) {
  const char **words = values("arg"), **environment = values("env");
  if (!words || !environment) return fail(-ENOMEM, "read", "the order");
  if (!words[0]) return fail(-EINVAL, "read the order's field", "arg");
  if (mounts_enter(&init.order, host_files_open) < 0) return -1;
  if (init.plain && launch_ids_open((int)sys0(SYS_getpid)) < 0) return -1;
  if (set_hostname() < 0 || start_main(words, environment) < 0) return -1;
  put(answer, "\tmain=");
  put_number(answer, launch_ids_claim(init.main_pid));
  launch_ids_close();
  return 0;
}
