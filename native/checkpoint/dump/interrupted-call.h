// A blocking call that the suspension interrupted: the source and the image must both go on with it.
#pragma once
#include <string>
#include <sys/user.h>

#include "checkpoint/dump/instance.h"

// epoll_wait and a few more answer EINTR to any interruption. Nobody sent a signal, so the kernel is told that the call
// may be restarted unless a handler runs.
bool make_restartable(user_regs_struct &regs); // true: the registers were changed
// The registers with which a thread without kernel state repeats the interrupted call.
user_regs_struct restart_registers(const Process &process, user_regs_struct regs);
