/* An init first prepares what no order is needed for, waits for its order, makes the instance, and then has nothing but
 * its duty: to reap, and to write down how the main process ended. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/channel.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/guests.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/mounts.h"
#include "checkpoint/forge/priority.h"
#include "checkpoint/forge/self.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <linux/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct init init;

/* Descriptors of the forge must not stay open here: clients would wait for their end, other inits for the forge's. */
static int keep_descriptors(int channel) {
  const int kept[] = {channel, forge.host_namespace, forge.blank_namespace, forge.host_root}; /* all above where they go */
  const int places = forge.host_root < 0 ? 3 : 4;
  for (int i = 0; i < places; i++) {
    long r = sys3(SYS_dup3, kept[i], i, O_CLOEXEC);
    if (r < 0) return fail(r, "keep", "the forge's descriptors");
  }
  long r = sys3(SYS_close_range, places, ~0u, 0);
  if (r < 0) return fail(r, "close", "the forge's descriptors");
  init.channel = 0;
  init.host_namespace = 1;
  init.host_root = forge.host_root < 0 ? -1 : 3;
  return 0;
}

/* A process group of its own, and the end with the forge until the instance is somebody's: see be_released(). */
static int be_apart(void) {
  long r = sys2(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  if (r >= 0) r = sys0(SYS_setsid);
  if (r >= 0 && init.plain) r = sys2(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
  return r < 0 ? fail(r, "set apart", "the init") : 0;
}

static int prepare(int channel) {
  long page = sys_map(SHARED_AT, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (is_error(page)) sys_exit(1);
  if (keep_descriptors(channel) < 0) sys_exit(1);
  if (signals_reset() < 0 || signals_block(WORKING_MASK) < 0 || signals_catch_crash() < 0 || be_apart() < 0) return -1;
  show_as("appshot-init", "appshot-init");
  long r = heap_open();
  if (r < 0) return fail(r, "map", "the heap");
  int own = mounts_prepare(2);
  sys_close(2);
  if (own < 0) return -1;
  init.own_namespace = own;
  return 0;
}

static int obey(struct line *answer) {
  if (!strcmp(init.order.verb, "launch")) return launch(answer);
  return restore(answer);
}

_Noreturn static void report_failure(void) {
  static char text[2048];
  struct shared *s = shared();
  struct line line = line_in(text, sizeof text);
  /* The one who failed may still be writing. */
  while (__atomic_load_n(&s->failed, __ATOMIC_ACQUIRE) == 1) regardless(sys0(SYS_sched_yield));
  put_number(&line, s->error ? s->error : EIO);
  put_char(&line, '\t');
  const char *aid = init.order.verb ? order_value(&init.order, "aid") : NULL;
  put(&line, init.order.verb ? init.order.verb : "make");
  put_char(&line, ' ');
  put_field(&line, aid ? aid : "an instance");
  put(&line, ": ");
  put_field(&line, s->failed ? s->text : "Failed");
  bound_undo();
  regardless(channel_say(init.channel, SAYS_FAILED, text)); /* else the forge says that the init has ended */
  sys_exit(1);
}

static void write_status(int wait_status) {
  char text[32];
  struct line line = line_in(text, sizeof text);
  put(&line, WIFSIGNALED(wait_status) ? "signaled " : "exited ");
  put_number(&line, WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
  put_char(&line, '\n');
  /* Over what stood there, which is shorter. Where that can't be written, it is seen that the instance has ended and not how. */
  regardless(sys4(SYS_pwrite64, init.status, text, (size_t)(line.at - text), 0));
}

_Noreturn static void reap(void) {
  for (;;) {
    int status = 0;
    long pid = sys4(SYS_wait4, -1, &status, __WALL, 0);
    if (pid == -EINTR) continue;
    if (pid < 0) { /* no child left */
      let_guests_leave();
      sys_exit(0);
    }
    if (pid == init.main_pid) write_status(status);
  }
}

/* What an instance's making needed: an init lives as long as its instance and is counted with its memory. The instance is there by now, and
 * what can't be given back only costs. */
static void shed(void) {
  mounts_finish();
  regardless(priority_reset());
  long status = sys3(SYS_fcntl, init.status, F_DUPFD_CLOEXEC, 3);
  if (status >= 0 && sys3(SYS_dup3, status, 0, O_CLOEXEC) >= 0) {
    init.status = 0;
    regardless(sys3(SYS_close_range, 1, ~0u, 0));
  }
  regardless(sys_unmap(SHARED_AT, PAGE));
  regardless(sys_unmap(HEAP_AT, HEAP_SIZE));
  regardless(sys_unmap(CLIENTS_AT, LEAVE_AT - CLIENTS_AT)); /* a dumper compares with the code there what a process has at its place */
}

/* A half-made instance ends with the forge, and one whose maker never got to know of it, too. */
static void be_released(void) {
  if (channel_await_release(init.channel) < 0) {
    if (init.plain && init.main_pid) regardless(sys2(SYS_kill, init.main_pid, SIGKILL)); /* it may have ended */
    bound_undo();
    sys_exit(1);
  }
  while (sys2(SYS_prctl, PR_SET_PDEATHSIG, 0) < 0) regardless(sys0(SYS_sched_yield)); /* who might set it may */
}

_Noreturn void init_main(int channel, int plain) {
  static char answer[16384];
  init.plain = plain;
  int prepared = prepare(channel);
  char *text = channel_receive_order(init.channel, &init.arrived_ns);
  if (!text) sys_exit(0); /* the forge has gone */
  struct line line = line_in(answer, sizeof answer);
  if (prepared < 0 || order_parse(&init.order, text) < 0 || obey(&line) < 0) report_failure();
  channel_say(init.channel, SAYS_ANSWER, answer);
  be_released();
  shed();
  reap();
}
