// Keys that a process or a thread keeps for itself in the kernel (keyrings(7)).
#pragma once
#include "checkpoint/dump/inject.h"

// Nobody but it can read them, and some not even it: a clone would be without them. `own`: the process's, and not its thread's alone.
void refuse_keys(const Process &process, bool own, Injector &injector);
