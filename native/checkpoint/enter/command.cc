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
#include "checkpoint/enter/signals.h"

static constexpr int not_executable = 126, not_found = 127, died_by_signal = 128, own_failure = 125;
static pid_t child;

static void set_environment(const Options &options) {
  if (options.clear_environment) clearenv();
  for (const std::string &entry : options.environment) {
    size_t equals = entry.find('=');
    if (equals != std::string::npos) setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  }
}

// One line, as for any error of appshot's.
[[noreturn]] static void end_with(int code, const char *what, const char *why) {
  fprintf(stderr, "appshot: exec %s: %s\n", what, why);
  _exit(code);
}

[[noreturn]] static void become(const Options &options) {
  const char *directory = options.directory.empty() ? "/" : options.directory.c_str(), *name = options.command[0];
  if (chdir(directory) != 0) end_with(own_failure, name, (std::string("working directory ") + directory + ": " + strerror(errno)).c_str());
  set_environment(options);
  execvp(name, options.command.data());
  if (errno == ENOENT || errno == ENOTDIR)
    end_with(not_found, name, "no such file or directory in the instance's root; give a path that exists there");
  end_with(not_executable, name, errno == EACCES ? "not an executable file" : strerror(errno));
}

static void become_init_or_end(const Options &options) {
  try {
    become_init();
  } catch (const Failure &failure) {
    end_with(own_failure, options.command[0], failure.what());
  }
}

int run_command(const Options &options) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before); // until the child is known, a signal could reach nobody
  child = fork();
  if (child < 0) fail_call("make a process in the instance");
  if (child == 0) {
    if (!options.root.empty()) become_init_or_end(options);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    become(options);
  }
  pass_on_to(child, !options.root.empty());
  sigprocmask(SIG_SETMASK, &before, nullptr);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail_call("wait for the command");
  return WIFSIGNALED(status) ? died_by_signal + WTERMSIG(status) : WEXITSTATUS(status);
}
