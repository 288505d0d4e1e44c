#include "checkpoint/enter/command.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "checkpoint/enter/bare-root.h"
#include "checkpoint/enter/failure.h"

static constexpr int not_executable = 126, not_found = 127, died_by_signal = 128, own_failure = 125;
static pid_t child;

// The terminal sends its signals to both; what is sent to us alone is meant for the command.
static void pass_on(int number) {
  int kept = errno;
  if (child > 0) kill(child, number);
  errno = kept;
}

static void watch_signals() {
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  struct sigaction action{};
  action.sa_handler = pass_on;
  action.sa_flags = SA_RESTART;
  for (int number : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaction(number, &action, nullptr);
}

static void set_environment(const Options &options) {
  if (options.clear_environment) clearenv();
  for (const std::string &entry : options.environment) {
    size_t equals = entry.find('=');
    if (equals != std::string::npos) setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  }
}

[[noreturn]] static void become(const Options &options) {
  const char *directory = options.directory.empty() ? "/" : options.directory.c_str();
  if (chdir(directory) != 0) {
    fprintf(stderr, "appshot-enter: enter %s: %s\n", directory, strerror(errno));
    _exit(own_failure);
  }
  set_environment(options);
  execvp(options.command[0], options.command.data());
  int error = errno;
  fprintf(stderr, "appshot-enter: execute %s: %s\n", options.command[0], strerror(error));
  _exit(error == ENOENT || error == ENOTDIR ? not_found : not_executable);
}

static void become_init_or_end() {
  try {
    become_init();
  } catch (const Failure &failure) {
    fprintf(stderr, "appshot-enter: %s\n", failure.what());
    _exit(own_failure);
  }
}

int run_command(const Options &options) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before); // until the child is known, a signal could reach nobody
  child = fork();
  if (child < 0) fail_call("make a process in the instance");
  if (child == 0) {
    if (!options.root.empty()) become_init_or_end();
    sigprocmask(SIG_SETMASK, &before, nullptr);
    become(options);
  }
  watch_signals();
  sigprocmask(SIG_SETMASK, &before, nullptr);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail_call("wait for the command");
  return WIFSIGNALED(status) ? died_by_signal + WTERMSIG(status) : WEXITSTATUS(status);
}
