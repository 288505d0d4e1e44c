#pragma once
#include <napi.h>

#include <cerrno>
#include <cstring>
#include <string>

Napi::Value watch_exit(const Napi::CallbackInfo &info);
Napi::Value signal_process(const Napi::CallbackInfo &info);
Napi::Value lock_file(const Napi::CallbackInfo &info);
Napi::Value name_file(const Napi::CallbackInfo &info);
Napi::Value unmount_path(const Napi::CallbackInfo &info);
Napi::Value read_sysv_ipc(const Napi::CallbackInfo &info);
Napi::Value message_queues(const Napi::CallbackInfo &info);
Napi::Value collect_ids(const Napi::CallbackInfo &info);
Napi::Value end_ids(const Napi::CallbackInfo &info);
Napi::Value remove_objects(const Napi::CallbackInfo &info);
Napi::Value close_on_exec(const Napi::CallbackInfo &info);
Napi::Value xattrs(const Napi::CallbackInfo &info);
Napi::Value set_xattr(const Napi::CallbackInfo &info);
Napi::Value make_node(const Napi::CallbackInfo &info);
Napi::Value set_times(const Napi::CallbackInfo &info);
Napi::Value touched_pages(const Napi::CallbackInfo &info);
Napi::Value data_extents(const Napi::CallbackInfo &info);

// An Error with `errno` (positive) and `code`-like text, so that TypeScript can tell ENOENT from EPERM.
inline Napi::Error system_error(Napi::Env env, const std::string &operation, int error) {
  Napi::Error e = Napi::Error::New(env, operation + ": " + std::strerror(error));
  e.Set("errno", Napi::Number::New(env, error));
  return e;
}
