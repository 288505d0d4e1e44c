// The user namespace of an instance that was made without privileges. Its owner has every right over it, and gets the rights it
// takes to join the others by joining it first.
#pragma once
#include <sys/types.h>

// Does nothing for an instance without one of its own.
void enter_user_namespace(pid_t init);
// Whether one was entered. What takes a right over the machine itself is refused then: /proc/PID/map_files, above all.
bool in_user_namespace();
