// System V IPC objects of the instance's own namespace (the registered global state of FIG. 5, step 278).
#pragma once
#include <map>

#include "checkpoint/dump/records.h"
#include "checkpoint/dump/shared-memory.h"

// Enters the IPC namespace of the instance, for good. False when it is this program's own: its objects are not only the instance's.
bool enter_ipc_namespace(pid_t init);
// Records all of them. shm_paths: for segments that a process has attached, a path below /proc that opens the contents.
void collect_sysv(const std::map<int, std::string> &shm_paths, SharedMemory &shared, Records &records);
// FIG. 5, step 278: the registered global state is removed.
void remove_sysv();
// The same for an instance whose objects the AID's table names, among others of the host.
void collect_bound_sysv(const std::map<int, std::string> &shm_paths, SharedMemory &shared, Records &records);
void remove_bound_sysv();
