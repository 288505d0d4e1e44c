// The door between TypeScript and the kernel calls that Node lacks: thin, no policy. native/addon.ts is its typed page.
#include "addon.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("watchExit", Napi::Function::New(env, watch_exit, "watchExit"));
  exports.Set("signalProcess", Napi::Function::New(env, signal_process, "signalProcess"));
  exports.Set("lockFile", Napi::Function::New(env, lock_file, "lockFile"));
  exports.Set("nameFile", Napi::Function::New(env, name_file, "nameFile"));
  exports.Set("unmount", Napi::Function::New(env, unmount_path, "unmount"));
  exports.Set("readSysvIpc", Napi::Function::New(env, read_sysv_ipc, "readSysvIpc"));
  exports.Set("messageQueues", Napi::Function::New(env, message_queues, "messageQueues"));
  exports.Set("collectIds", Napi::Function::New(env, collect_ids, "collectIds"));
  exports.Set("endIds", Napi::Function::New(env, end_ids, "endIds"));
  exports.Set("removeObjects", Napi::Function::New(env, remove_objects, "removeObjects"));
  exports.Set("xattrs", Napi::Function::New(env, xattrs, "xattrs"));
  exports.Set("setXattr", Napi::Function::New(env, set_xattr, "setXattr"));
  exports.Set("makeNode", Napi::Function::New(env, make_node, "makeNode"));
  exports.Set("setTimes", Napi::Function::New(env, set_times, "setTimes"));
  exports.Set("dataExtents", Napi::Function::New(env, data_extents, "dataExtents"));
  exports.Set("touchedPages", Napi::Function::New(env, touched_pages, "touchedPages"));
  exports.Set("closeOnExec", Napi::Function::New(env, close_on_exec, "closeOnExec"));
  return exports;
}

NODE_API_MODULE(appshot_addon, init)
