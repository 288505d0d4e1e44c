// Bringing the threads of a process to a stop, whoever's it is. What waits for them is the caller's.
#pragma once
#include <functional>

#include "checkpoint/dump/instance.h"

// Asks every thread that isn't asked yet to stop; `refused`: what to do about a process that can't be traced. True when there was one.
bool ask_to_stop(Process &process, const std::function<void(pid_t)> &refused);
// True once the thread stands still, or has ended: then its tid is 0.
bool stands_still(Process &process, Thread &thread);
// Lets go on what stands still. A thread that doesn't (it waits in the kernel for one of the others) can't be let go, only left alone: it stops
// later, or the thread that traces it ends and the kernel lets it go. Such ones stay in `threads`.
void let_go(Process &process);
bool has_ended(pid_t pid, pid_t tid); // or is a zombie
