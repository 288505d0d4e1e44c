// The clocks of the application that count from the machine's start.
#pragma once
#include <sys/types.h>

#include "checkpoint/dump/records.h"

// As they are now for the processes that the init has made, which may be ahead of the machine's own.
void record_clocks(pid_t init, Records &records);
