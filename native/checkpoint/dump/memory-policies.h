// Memory for which mbind() has chosen the nodes that it comes from.
#pragma once
#include "checkpoint/dump/instance.h"

// from: the process or its frozen copy. Walks every page table entry, as read_flags() does.
void read_policies(Process &process, pid_t from);
