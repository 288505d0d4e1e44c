// What an application calls its host: a name that it has given it in a namespace of the instance's own.
#pragma once
#include "checkpoint/dump/records.h"

// Before the root is changed. What this machine is called is compared with.
void enter_names(pid_t init);
void record_names(Records &records);
