/* The forge's loop: it only hands on orders and answers, so that it is always there for the next one. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/control.h"
#include "checkpoint/forge/clients.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/instances.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/text.h"
#include <sys/stat.h>

/* How often the store directory is looked for. */
#define LOOK_MS 5000

static void send_error(int client, const char *id, int error, const char *message) {
  char text[512];
  struct line line = line_in(text, sizeof text);
  put(&line, id);
  put(&line, "\terr\t");
  put_number(&line, error);
  put_char(&line, '\t');
  put(&line, message);
  put(&line, ": ");
  put(&line, error_words(error));
  put_char(&line, '\n');
  client_send(client, clients[client].serial, text, (size_t)(line.at - text));
}

/* Whether the socket's name still leads here. */
static int reachable(void) {
  struct stat about;
  return sys2(SYS_stat, forge.socket, &about) >= 0 && about.st_ino == forge.socket_inode;
}

_Noreturn static void quit(int client, const char *id) {
  char text[128], pid_file[sizeof forge.socket + 8];
  if (id) {
    struct line line = line_in(text, sizeof text);
    put(&line, id);
    put(&line, "\tok\n");
    client_send(client, clients[client].serial, text, (size_t)(line.at - text));
  }
  if (!reachable()) sys_exit(0); /* what is there now is a successor's */
  struct line line = line_in(pid_file, sizeof pid_file);
  put(&line, forge.socket);
  put(&line, ".pid");
  regardless(sys1(SYS_unlink, forge.socket)); /* the next forge does it again */
  regardless(sys1(SYS_unlink, pid_file));
  sys_exit(0);
}

void handle_line(char *line, int client, int64_t arrived_ns) {
  char *verb = (char *)find_char(line, '\t');
  if (!verb) return;
  *verb++ = 0;
  if (strlen(line) >= sizeof instances[0].id) return send_error(client, "0", EINVAL, "read the request's id");
  if (!strcmp(verb, "quit")) quit(client, line);
  if (after(verb, "resume\t")) {
    long r = instance_resume(line, verb, client, clients[client].serial, arrived_ns);
    if (r < 0) send_error(client, line, (int)-r, "resume a held instance");
    return;
  }
  if (!after(verb, "launch\t") && !after(verb, "restore\t")) return send_error(client, line, EINVAL, "understand the request's verb");
  long r = instance_give(line, verb, client, clients[client].serial, arrived_ns);
  if (r < 0) send_error(client, line, (int)-r, forge.unprivileged ? "make an init in a user namespace of its own" : "make an init");
}

enum source { FROM_LISTENER, FROM_CLIENT, FROM_CHANNEL, FROM_INIT };
struct watched { enum source source; int index; };
#define WATCHED_MAX (1 + CLIENTS + 2 * INSTANCES)
static struct pollfd polled[WATCHED_MAX];
static struct watched watched[WATCHED_MAX];

static void watch(int *count, int fd, enum source source, int index) {
  polled[*count] = (struct pollfd){fd, POLLIN, 0};
  watched[(*count)++] = (struct watched){source, index};
}

static int watch_all(void) {
  int count = 0;
  watch(&count, forge.listener, FROM_LISTENER, 0);
  for (int i = 0; i < CLIENTS; i++)
    if (clients[i].fd >= 0) watch(&count, clients[i].fd, FROM_CLIENT, i);
  for (int i = 0; i < INSTANCES; i++) {
    if (instances[i].state == INSTANCE_FREE) continue;
    if (instances[i].channel >= 0 && instances[i].state == INSTANCE_BUSY) watch(&count, instances[i].channel, FROM_CHANNEL, i);
    watch(&count, instances[i].pidfd, FROM_INIT, i);
  }
  return count;
}

static void serve(struct watched what) {
  switch (what.source) {
    case FROM_LISTENER: return client_accept(forge.listener);
    case FROM_CLIENT:
      if (clients[what.index].fd >= 0) client_read(what.index);
      return;
    case FROM_CHANNEL:
      if (instances[what.index].state == INSTANCE_BUSY) instance_hear(&instances[what.index]);
      return;
    case FROM_INIT:
      if (instances[what.index].state != INSTANCE_FREE) instance_ended(&instances[what.index]);
  }
}

/* Spares are made when nobody waits for anything: making one costs about as much as a restore. */
static int wait_time(void) {
  int64_t next = instance_deadlines();
  if (next < 0 && !forge.unprivileged && instance_spares() < SPARES) return 0;
  return next >= 0 && next / 1000000 < LOOK_MS ? (int)(next / 1000000) + 1 : LOOK_MS;
}

_Noreturn void control_serve(void) {
  for (;;) {
    int limit = wait_time();
    int count = watch_all();
    long ready = sys3(SYS_poll, polled, count, limit);
    for (int i = 0; i < count && ready > 0; i++)
      if (polled[i].revents) serve(watched[i]);
    if (ready > 0) continue;
    if (limit == 0 && instance_spawn() < 0) regardless(sys3(SYS_poll, polled, count, 200)); /* none can be had: no reason to keep others waiting */
    if (sys2(SYS_access, forge.state_dir, 0) == -ENOENT || !reachable()) quit(0, NULL);
  }
}
