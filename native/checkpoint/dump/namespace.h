// The namespaces that an instance has of its own.
#pragma once
#include <sched.h>
#include <sys/types.h>

struct NamespaceKind {
  const char *file; // in /proc/PID/ns
  int flag;
  const char *words;
};
inline constexpr NamespaceKind user_namespace{"user", CLONE_NEWUSER, "user"}, ipc_namespace{"ipc", CLONE_NEWIPC, "IPC"},
    uts_namespace{"uts", CLONE_NEWUTS, "UTS"}, mount_namespace{"mnt", CLONE_NEWNS, "mount"};

bool has_own_namespace(pid_t init, const NamespaceKind &kind);
void join_namespace(pid_t init, const NamespaceKind &kind);
