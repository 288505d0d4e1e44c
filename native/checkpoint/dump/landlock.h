// Landlock confines a process for ever, tells nobody by what rules, and nobody even that it does: a clone would be free.
#pragma once
#include "checkpoint/dump/inject.h"

// Whoever may look at the init, which is free, is free itself. The injector is one of the process's.
bool is_surely_free(const Process &process, Injector &injector);
// Sets process.confined. Tried out by a helper in the process's memory, which is confined as the process is, and ends afterwards: the kernel
// adds no more than 16 layers of rules.
void look_for_confinement(Process &process, Injector &helper);
void refuse_confined(const Process &process);
