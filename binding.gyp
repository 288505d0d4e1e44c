{
  "targets": [{
    "target_name": "appshot_addon",
    "sources": ["native/addon/addon.cc", "native/addon/watch-exit.cc", "native/addon/process.cc", "native/addon/files.cc", "native/addon/ipc.cc", "native/addon/ids.cc", "native/addon/message-queues.cc", "native/addon/inode.cc", "native/addon/touched.cc"],
    "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")", "native"],
    "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-cast-function-type"],
    "cflags!": ["-fno-exceptions"],
    "cflags_cc!": ["-fno-exceptions"]
  }]
}
