// appshot-dump: makes an image of a running application (FIG. 5). ../../README.md has the words spoken over stdin and stdout.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/holder.h"
#include "checkpoint/dump/snapshot.h"
#include "checkpoint/dump/suspend.h"
#include "checkpoint/dump/tracee.h"
#include "checkpoint/dump/user-namespace.h"

static bool say_if_heard(const std::string &line) { return printf("%s\n", line.c_str()) >= 0 && fflush(stdout) == 0; }

// Whoever has not heard it never answers, and the application would stand still for ever.
static void say(const std::string &line) {
  if (!say_if_heard(line)) fail_call("say '%s'", line.substr(0, line.find(' ')).c_str());
}

// The end of the input means that the asker is gone, and is an abort.
static void await(const char *word) {
  char line[64];
  if (!fgets(line, sizeof line, stdin)) line[0] = '\0';
  line[strcspn(line, "\r\n")] = '\0';
  if (strcmp(line, word) != 0) refuse(ECANCELED, "the snapshot was called off");
}

// Whatever a process was doing in the kernel has ended once it has stood still.
static void pause_application(const Options &options) {
  enter_user_namespace(options.init);
  Instance instance;
  instance.init = options.init;
  suspend_application(instance, options.limit_ms);
  resume_application(instance);
  say("paused");
}

// From here on the image is all that there is. An error's word would have it removed: whoever hears no last word finds the application ended, or ends it.
static void end_application(Snapshot &snapshot, const std::string &answer) {
  try {
    say(text("resumed us=%llu", static_cast<unsigned long long>(snapshot.end_application())));
    say(answer);
  } catch (const Failure &) {
    return;
  }
}

static void make_snapshot(const Options &options) {
  std::optional<SocketHolder> holder;
  if (options.end && !options.hold.empty()) holder.emplace(options.hold);
  Snapshot snapshot(options);
  snapshot.enter_instance();
  snapshot.suspend_processes();
  snapshot.retrieve_state();
  snapshot.make_frozen_copies();
  say("frozen");
  await("resume");
  if (options.end) {
    snapshot.record_memory_state();
    std::string answer = snapshot.finish();
    say("written");
    await("end");
    if (holder) snapshot.hand_over_sockets(*holder);
    end_application(snapshot, answer);
    return;
  }
  say(text("resumed us=%llu", static_cast<unsigned long long>(snapshot.resume_processes())));
  setpriority(PRIO_PROCESS, 0, 0); // from here on nobody waits
  snapshot.record_memory_state();
  say(snapshot.finish());
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  try {
    // The application waits for every step between suspension and resume: nothing else on the machine matters as much.
    setpriority(PRIO_PROCESS, 0, -20); // refused without the privilege, and then it only takes longer
    tracee::block_child_signal();
    open_host_proc();
    Options options = parse_options(argc, argv);
    if (options.pause) pause_application(options);
    else make_snapshot(options);
    return 0;
  } catch (const Failure &failure) {
    say_if_heard(text("error %d %s", failure.code, failure.message.c_str())); // everything that was suspended runs again by now
    return 1;
  } catch (const std::bad_alloc &) {
    say_if_heard(text("error %d the dumper has no memory", ENOMEM));
    return 1;
  }
}
