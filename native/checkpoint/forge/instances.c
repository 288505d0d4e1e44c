#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/instances.h"
#include "checkpoint/forge/channel.h"
#include "checkpoint/forge/clients.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/make-process.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include "checkpoint/forge/user-namespace.h"
#include <linux/sched.h>
#include <signal.h>

struct instance instances[INSTANCES];

/* Beyond the restore's own limit: an init that is stuck in the kernel can't keep time itself. */
#define GRACE (2 * NANOS)
#define DEFAULT_LIMIT (10 * NANOS)

static long spawn(uint64_t namespaces) {
  struct instance *free = NULL;
  for (int i = 0; i < INSTANCES && !free; i++)
    if (instances[i].state == INSTANCE_FREE) free = &instances[i];
  if (!free) return -EAGAIN;
  int ends[2], pidfd = -1;
  long r = channel_open(ends);
  if (r < 0) return r;
  struct clone_args args = {.flags = namespaces | user_namespace_flags() | CLONE_PIDFD, .pidfd = (uint64_t)&pidfd, .exit_signal = SIGCHLD};
  long pid = make_process(&args);
  if (pid == 0) init_main(ends[1], !namespaces);
  sys_close(ends[1]);
  if (pid < 0) {
    sys_close(ends[0]);
    return pid;
  }
  free->state = namespaces ? INSTANCE_SPARE : INSTANCE_PLAIN;
  free->channel = ends[0];
  free->pidfd = pidfd;
  free->pid = (int)pid;
  free->pid_fields = 0;
  return 0;
}

long instance_spawn(void) { return spawn(INSTANCE_NAMESPACES); }

int instance_spares(void) {
  int count = 0;
  for (int i = 0; i < INSTANCES; i++) count += instances[i].state == INSTANCE_SPARE;
  return count;
}

static void release(struct instance *instance) {
  if (instance->channel >= 0) sys_close(instance->channel);
  sys_close(instance->pidfd);
  instance->state = INSTANCE_FREE;
}

/* The value of a field in an order that isn't taken apart yet, up to its TAB. */
static const char *field_of(const char *order, const char *key) {
  for (const char *at = order; (at = find_char(at, '\t'));) {
    const char *value = after(++at, key);
    if (value) return value;
  }
  return NULL;
}

static int64_t limit_of(const char *order) {
  const char *milliseconds = field_of(order, "timeout=");
  return milliseconds ? to_number(milliseconds) * 1000000ll : DEFAULT_LIMIT;
}

static struct instance *find(enum instance_state state) {
  for (int i = 0; i < INSTANCES; i++)
    if (instances[i].state == state) return &instances[i];
  return NULL;
}

long instance_give(const char *id, const char *order, int client, int serial, int64_t arrived_ns) {
  const char *mode = field_of(order, "mode=");
  int plain = mode && after(mode, "preload");
  for (;;) {
    struct instance *spare = find(plain ? INSTANCE_PLAIN : INSTANCE_SPARE);
    if (!spare) {
      long r = spawn(plain ? 0 : INSTANCE_NAMESPACES);
      if (r < 0) return r;
      continue;
    }
    long r = channel_order(spare->channel, order, strlen(order), arrived_ns);
    if (r == -EPIPE || r == -ECONNRESET) {
      release(spare); /* somebody ended it while it waited */
      continue;
    }
    if (r < 0) return r;
    struct line copy = line_in(spare->id, sizeof spare->id);
    put(&copy, id);
    spare->state = INSTANCE_BUSY;
    spare->client = client;
    spare->serial = serial;
    spare->launch = after(order, "launch\t") != NULL;
    const char *hold = field_of(order, "hold=");
    spare->hold = hold && *hold == '1';
    spare->deadline_ns = arrived_ns + limit_of(order) + GRACE;
    return 0;
  }
}

long instance_resume(const char *id, const char *order, int client, int serial, int64_t arrived_ns) {
  const char *init = field_of(order, "init=");
  int pid = init ? (int)to_number(init) : 0;
  for (struct instance *i = instances; i < instances + INSTANCES; i++) {
    if (i->state != INSTANCE_HELD || i->pid != pid || i->client != client || i->serial != serial) continue;
    struct line copy = line_in(i->id, sizeof i->id);
    put(&copy, id);
    i->state = INSTANCE_BUSY;
    i->pid_fields = 0;
    i->deadline_ns = arrived_ns + limit_of(order) + GRACE;
    return channel_release(i->channel);
  }
  return -ESRCH;
}

static void note_process(struct instance *instance, const char *virtual_pid, int sender) {
  struct line line = {instance->pids, instance->pids + instance->pid_fields, instance->pids + ANSWER_MAX - 1};
  if (instance->launch) {
    put(&line, "\tsystem=");
  } else {
    put(&line, "\tpid=");
    put(&line, virtual_pid);
    put(&line, ":");
  }
  put_number(&line, sender);
  instance->pid_fields = (uint32_t)(line.at - instance->pids);
}

static void await_end(struct instance *instance, const char *failure) {
  struct line line = line_in(instance->failure, sizeof instance->failure);
  put(&line, failure);
  instance->state = INSTANCE_FAILED;
  regardless(sys4(SYS_pidfd_send_signal, instance->pidfd, SIGKILL, 0, 0)); /* it may have ended */
}

static void answer(struct instance *instance, const char *fields) {
  static char text[ANSWER_MAX * 2];
  struct line line = line_in(text, sizeof text);
  put(&line, instance->id);
  put(&line, "\tok\tinit=");
  put_number(&line, instance->pid);
  put(&line, fields);
  if (instance->pid_fields) put(&line, instance->pids);
  put_char(&line, '\n');
  /* An instance that nobody knows of is undone. */
  if (client_send(instance->client, instance->serial, text, (size_t)(line.at - text)) < 0) return await_end(instance, "32\tnobody waits for the answer");
  if (instance->hold) {
    instance->hold = 0;
    instance->state = INSTANCE_HELD;
    return;
  }
  regardless(channel_release(instance->channel)); /* else its init ends, which is seen */
  release(instance);
}

void instances_forsake(int client, int serial) {
  for (struct instance *i = instances; i < instances + INSTANCES; i++)
    if (i->state == INSTANCE_HELD && i->client == client && i->serial == serial) await_end(i, "32\tnobody waits for the instance");
}

void instance_hear(struct instance *instance) {
  static char packet[ANSWER_MAX];
  for (;;) {
    int sender;
    long n = channel_hear(instance->channel, packet, sizeof packet, &sender);
    if (n == -EAGAIN || n == -EINTR) return;
    if (n <= 0) {
      sys_close(instance->channel);
      instance->channel = -1; /* the pidfd says the rest */
      return;
    }
    if (packet[0] == SAYS_PROCESS) note_process(instance, packet + 1, sender);
    if (packet[0] == SAYS_FAILED) await_end(instance, packet + 1);
    if (packet[0] == SAYS_ANSWER) return answer(instance, packet + 1);
  }
}

void instance_ended(struct instance *instance) {
  static char text[4096];
  if (instance->channel >= 0) instance_hear(instance);
  if (instance->state == INSTANCE_FREE) return;
  if (instance->state == INSTANCE_BUSY || instance->state == INSTANCE_FAILED) {
    struct line line = line_in(text, sizeof text);
    put(&line, instance->id);
    put(&line, "\terr\t");
    put(&line, instance->state == INSTANCE_FAILED ? instance->failure : "5\tthe instance's init ended while it was made");
    put_char(&line, '\n');
    client_send(instance->client, instance->serial, text, (size_t)(line.at - text));
  }
  release(instance);
}

int64_t instance_deadlines(void) {
  int64_t now = now_ns(), next = -1;
  for (int i = 0; i < INSTANCES; i++) {
    if (instances[i].state != INSTANCE_BUSY) continue;
    int64_t left = instances[i].deadline_ns - now;
    if (left <= 0) await_end(&instances[i], "110\tmake the instance: Timed out");
    else if (next < 0 || left < next) next = left;
  }
  return next;
}
