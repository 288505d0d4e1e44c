// Limits of the instance's IPC namespace that the application has set (sysctl). The calling process is in that namespace.
#pragma once
#include "checkpoint/dump/records.h"

void record_ipc_limits(Records &records);
