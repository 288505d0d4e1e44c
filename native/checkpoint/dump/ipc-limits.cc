#include "checkpoint/dump/ipc-limits.h"

#include "checkpoint/dump/host-proc.h"
#include "shared/ipc-limits.h"

// Whoever reads is shown those of his own namespace, in whatever /proc.
void record_ipc_limits(Records &records) {
  for (uint32_t i = 0; i < IPC_LIMITS; i++) {
    std::string value = proc_read_optional(std::string("sys/") + ipc_limits[i].path);
    if (value.ends_with('\n')) value.pop_back();
    if (!value.empty() && value.size() < IPC_LIMIT_ROOM && value != ipc_limits[i].usual) records.add(RECORD_IPC_LIMIT, i, "", value);
  }
}
