// The door between TypeScript and the kernel calls that Node lacks: thin, no policy. native/addon.ts is its typed page.
#include "addon.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("watchExit", Napi::Function::New(env, watch_exit, "watchExit"));
  exports.Set("signalProcess", Napi::Function::New(env, signal_process, "signalProcess"));
  exports.Set("lockFile", Napi::Function::New(env, lock_file, "lockFile"));
  exports.Set("unmount", Napi::Function::New(env, unmount_path, "unmount"));
  exports.Set("exchange", Napi::Function::New(env, exchange, "exchange"));
  exports.Set("readSysvIpc", Napi::Function::New(env, read_sysv_ipc, "readSysvIpc"));
  return exports;
}

NODE_API_MODULE(appshot_addon, init)
