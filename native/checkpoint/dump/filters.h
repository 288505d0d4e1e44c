// Seccomp filters: the preload library's own comes back with the restore, an application's can't be given back.
#pragma once
#include "checkpoint/dump/instance.h"

// Refuses a process that has filtered itself. Its first thread is suspended.
void refuse_own_filters(const Process &process);
