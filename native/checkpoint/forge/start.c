/* From exec to the loop: appshot-forge SOCKET STATE_DIR. `appshot-forge --namespaces` only says whether the namespace mechanism can be had: exit 0, or 1 and why. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/blank.h"
#include "checkpoint/forge/clients.h"
#include "checkpoint/forge/control.h"
#include "checkpoint/forge/cpu.h"
#include "checkpoint/forge/credentials.h"
#include "checkpoint/forge/forge.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/namespaces.h"
#include "checkpoint/forge/priority.h"
#include "checkpoint/forge/self.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/signals.h"
#include "checkpoint/forge/text.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct forge forge;
_Noreturn void run_on(void *stack_top, void (*code)(void));
void forge_start(long *stack);

_Noreturn static void give_up(const char *operation) {
  char text[1200];
  struct line line = line_in(text, sizeof text);
  put(&line, "appshot-forge: ");
  put(&line, shared()->failed ? shared()->text : operation);
  put_char(&line, '\n');
  regardless(sys_write(2, text, (size_t)(line.at - text))); /* nobody else to tell */
  sys_exit(1);
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return fail(-ENAMETOOLONG, "listen at", path);
  memcpy(address.sun_path, path, strlen(path));
  long fd = sys3(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(fd, "make the socket", path);
  regardless(sys1(SYS_unlink, path)); /* a name that stays can't be bound */
  regardless(sys1(SYS_umask, 0177)); /* never fails */
  long r = sys3(SYS_bind, fd, &address, sizeof address);
  regardless(sys1(SYS_umask, 022));
  if (r < 0) return fail(r, "bind", path);
  if ((r = sys2(SYS_listen, fd, 64)) < 0) return fail(r, "listen at", path);
  struct stat about;
  if ((r = sys2(SYS_stat, path, &about)) < 0) return fail(r, "look at", path);
  forge.socket_inode = about.st_ino;
  forge.listener = (int)fd;
  return 0;
}

static int write_pid(const char *socket) {
  char path[sizeof forge.socket + 8], text[24];
  struct line file = line_in(path, sizeof path), number = line_in(text, sizeof text);
  put(&file, socket);
  put(&file, ".pid");
  put_number(&number, sys0(SYS_getpid));
  put_char(&number, '\n');
  long fd = sys_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(fd, "write", path);
  long n = sys_write(fd, text, (size_t)(number.at - text));
  sys_close(fd);
  return n < 0 ? fail(n, "write", path) : 0;
}

/* Nothing of the starter may stay: descriptors, session, terminal, signal mask. */
static int forget_starter(void) {
  long null = sys_open("/dev/null", O_RDWR, 0);
  if (null < 0) return fail(null, "open", "/dev/null");
  long r = sys2(SYS_dup2, null, 0);
  if (r >= 0) r = sys2(SYS_dup2, null, 1);
  if (r >= 0 && sys3(SYS_fcntl, 2, F_GETFD, 0) < 0) r = sys2(SYS_dup2, null, 2);
  if (r >= 0) r = sys3(SYS_close_range, 3, ~0u, 0);
  if (r < 0) return fail(r, "let go of", "the starter's descriptors");
  if (signals_reset() < 0 || signal_set(SIGHUP, 1) < 0 || signal_set(SIGPIPE, 1) < 0) return -1;
  return signal_set(SIGCHLD, 1); /* inits are reaped by the kernel */
}

static void become_daemon(void) {
  long pid = sys5(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (pid > 0) sys_exit(0);
  if (pid < 0) {
    fail(pid, "fork", "the daemon");
    give_up("");
  }
  regardless(sys0(SYS_setsid)); /* it leads nothing yet */
}

static int place_leave_code(void) {
  extern const char leave_code[], leave_code_end[];
  long page = sys_map(LEAVE_AT, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (is_error(page)) return fail_at(page, "map a page for code at", LEAVE_AT);
  memcpy((void *)LEAVE_AT, leave_code, (size_t)(leave_code_end - leave_code));
  long r = sys3(SYS_mprotect, LEAVE_AT, PAGE, PROT_READ | PROT_EXEC);
  return r < 0 ? fail_at(r, "protect the code at", LEAVE_AT) : 0;
}

static void forge_main(void) {
  static char command_line[600];
  struct line line = line_in(command_line, sizeof command_line);
  put(&line, "appshot-forge ");
  put(&line, forge.socket);
  if (move_home() < 0 || place_leave_code() < 0 || forget_starter() < 0 || blank_make() < 0) give_up("");
  show_as("appshot-forge", command_line);
  cpu_frame_state_size(); /* CPUID is slow in a virtual machine: asked here, inherited by all */
  if (credentials_read() < 0) give_up("");
  if (is_error(clients_open())) give_up("no memory for line buffers");
  if (listen_at(forge.socket) < 0) give_up("");
  become_daemon();
  priority_raise();
  if (write_pid(forge.socket) < 0) give_up("");
  if (sys1(SYS_chdir, "/") < 0) give_up("can't enter /");
  control_serve();
}

static void only_try(void) {
  if (namespaces_try() < 0) give_up("");
  sys_exit(0);
}

static int keep_path(char *to, size_t size, const char *path) {
  struct line line = line_in(to, size);
  put(&line, path);
  return *path == '/' && strlen(path) < size;
}

void forge_start(long *stack) {
  char **args = (char **)(stack + 1);
  long page = sys_map(SHARED_AT, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  long top = sys_map(STACK_AT, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (is_error(page) || is_error(top)) sys_exit(1);
  if (*stack == 2 && !strcmp(args[1], "--namespaces")) run_on((void *)(STACK_AT + STACK_SIZE), only_try);
  if (*stack != 3 || !keep_path(forge.socket, sizeof forge.socket, args[1]) || !keep_path(forge.state_dir, sizeof forge.state_dir, args[2]))
    give_up("usage: appshot-forge SOCKET STATE_DIR (absolute paths)");
  run_on((void *)(STACK_AT + STACK_SIZE), forge_main);
}
