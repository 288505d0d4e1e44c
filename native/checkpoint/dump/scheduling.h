// When and where a thread runs.
#pragma once
#include <string>

#include "checkpoint/dump/instance.h"

void collect_scheduling(const Process &process, pid_t tid, image_thread &out);
// What the thread record has no room for: struct image_setting each. Refuses what can't be set again.
std::string more_of_scheduling(const Process &process, pid_t tid);
