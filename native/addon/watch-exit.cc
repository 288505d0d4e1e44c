// A process's end, told through its pidfd: works for processes that are nobody's children, which waitpid doesn't.
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "addon.h"

namespace {

struct Watch {
  uv_poll_t poll{};
  int pidfd = -1;
  Napi::FunctionReference callback;
  bool closed = false;
};

void close_watch(Watch *watch) {
  if (watch->closed) return;
  watch->closed = true;
  uv_poll_stop(&watch->poll);
  uv_close(reinterpret_cast<uv_handle_t *>(&watch->poll), [](uv_handle_t *handle) {
    auto *w = static_cast<Watch *>(handle->data);
    close(w->pidfd);
    delete w;
  });
}

void on_ready(uv_poll_t *handle, int, int) {
  auto *watch = static_cast<Watch *>(handle->data);
  Napi::Env env = watch->callback.Env();
  Napi::HandleScope scope(env);
  Napi::Function callback = watch->callback.Value();
  close_watch(watch);
  try {
    callback.MakeCallback(env.Global(), {});
  } catch (const Napi::Error &error) {
    napi_fatal_exception(env, error.Value()); // as any error that nobody catches: nothing of C++ is above us that could
  }
}

}  // namespace

// watchExit(pid, callback): called once, when the process has ended; the watch keeps no event loop alive.
// Throws ESRCH when there is no such process.
Napi::Value watch_exit(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int pid = info[0].As<Napi::Number>().Int32Value();
  int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) throw system_error(env, "pidfd_open " + std::to_string(pid), errno);
  uv_loop_t *loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  auto *watch = new Watch;
  watch->pidfd = pidfd;
  watch->poll.data = watch;
  if (int error = uv_poll_init(loop, &watch->poll, pidfd); error != 0) {
    close(pidfd);
    delete watch;
    throw system_error(env, "poll pidfd", -error);
  }
  watch->callback = Napi::Persistent(info[1].As<Napi::Function>());
  uv_poll_start(&watch->poll, UV_READABLE, on_ready);
  uv_unref(reinterpret_cast<uv_handle_t *>(&watch->poll));
  return env.Undefined();
}
