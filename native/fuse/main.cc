// appshot-view SOCKET STATE_DIR: serves the root file systems of all instances of a store.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fuse/control.h"
#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/keeper.h"
#include "fuse/log.h"
#include "fuse/pre-copy.h"
#include "fuse/takeover.h"

namespace {

void raise_descriptor_limit() {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit", "NOFILE");
  // Every file that instances have open may take one here. Not allowed to raise it, this does with what there is.
  rlimit most{1 << 20, 1 << 20};
  if (limit.rlim_max < most.rlim_max && setrlimit(RLIMIT_NOFILE, &most) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit", "NOFILE");
}

void set_signals() {
  // SIGIO: a lease that is held for an instant only, see still_written(), may be asked back in that instant.
  for (int number : {SIGHUP, SIGPIPE, SIGIO}) signal(number, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  check(sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask", "SIGTERM");
}

// The caller's own process ends once socket and pid file are there; the server goes on in a session of its own.
// What is returned tells the waiting process so when it is closed.
Fd leave_caller() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe", "server");
  Fd read_end(ends[0]), write_end(ends[1]);
  pid_t child = check(fork(), "fork", "server");
  if (child > 0) {
    write_end.reset();
    char word;
    ssize_t size = read(read_end.get(), &word, 1);
    _exit(size == 1 ? 0 : 1);
  }
  check(setsid(), "setsid", "server");
  Fd null(check(open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null"));
  check(dup2(null.get(), 0), "dup2", "stdin");
  check(dup2(null.get(), 1), "dup2", "stdout");
  return write_end;
}

// Whole from the first moment: a successor writes it anew while others read it, and no number reads as 0, which is
// everybody's own process group to kill(2).
void write_pid(const std::string& path) {
  std::string made = path + ".new", text = std::to_string(getpid()) + "\n";
  Fd file(check(open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), "open", made));
  check(write(file.get(), text.data(), text.size()), "write", made);
  check(rename(made.c_str(), path.c_str()), "rename to", path);
}

// On a full disk, in the place of the last one's, which takes no room: views are served whether they can be written about or not.
void write_pid_anyhow(const std::string& path) {
  try {
    write_pid(path);
  } catch (const Failure& failure) {
    log_line("%s: %s", failure.what(), strerror(failure.code()));
    unlink((path + ".new").c_str());
    std::string text = std::to_string(getpid()) + "\n";
    Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || pwrite(file.get(), text.data(), text.size(), 0) < 0 || ftruncate(file.get(), off_t(text.size())) < 0)
      log_line("write %s: %m", path.c_str());
  }
}

// The server's own working directory is "/", so that it keeps no other from being unmounted.
std::string absolute(const char* path) {
  if (path[0] == '/') return path;
  char here[PATH_MAX];
  if (!getcwd(here, sizeof here)) fail(errno, "getcwd for", path);
  return std::string(here) + "/" + path;
}

// What the keeper and all servers of this store share.
void begin(const std::string& socket_path, const std::string& state_dir) {
  if (mkdir(state_dir.c_str(), 0700) < 0 && errno != EEXIST) fail(errno, "mkdir", state_dir);
  raise_descriptor_limit();
  Fd listener = listen_at(socket_path);
  durable::create();
  durable::Shared& shared = *durable::shared;
  if (state_dir.size() >= sizeof shared.state_dir) fail(ENAMETOOLONG, "state directory", state_dir);
  memcpy(shared.socket, socket_path.c_str(), socket_path.size());
  memcpy(shared.state_dir, state_dir.c_str(), state_dir.size());
  shared.listener = listener.release();
}

void serve() {
  durable::Shared& shared = *durable::shared;
  std::string socket_path = shared.socket;
  umask(0);
  set_signals();
  check(chdir("/"), "chdir", "/");
  take_over();
  write_pid_anyhow(socket_path + ".pid");
  shared.ready = 1;
  if (Fd caller(shared.start_up.exchange(0)); caller.get() > 0) {
    check(write(caller.get(), "!", 1), "write", "start-up pipe");
  } else {
    caller.release();
  }
  serve_control(shared.listener, shared.state_dir);
  shared.ending = 1;
  unlink(socket_path.c_str());
  unlink((socket_path + ".pid").c_str());
  // Threads may still be inside a request of a view that was detached: nothing of theirs needs tidying.
  _exit(0);
}

}  // namespace

// For `appshot doctor`: whether this machine tells which pages are dirtied.
int try_dirty_log() {
  try {
    PreCopy::try_log();
    return 0;
  } catch (const Failure& failure) {
    fprintf(stderr, "%s: %s\n", failure.what(), strerror(failure.code()));
    return 1;
  }
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--dirty-log") == 0) return try_dirty_log();
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: appshot-view SOCKET STATE_DIR, or appshot-view --dirty-log\n");
    return 2;
  }
  try {
    if (argc == 4) {
      durable::adopt(atoi(argv[3]));   // a server whose keeper was killed, see keeper.h
    } else {
      begin(absolute(argv[1]), absolute(argv[2]));
      durable::shared->start_up = leave_caller().release();
    }
    keeper::keep(argc, argv);
    serve();
  } catch (const Failure& failure) {
    log_line("%s: %s", failure.what(), strerror(failure.code()));
  }
  // Not an exit as usual, which would take the views down: the next server is to find them as they are.
  _exit(1);
}
