// Which signals the command gets, when this program or its caller is sent one.
#pragma once
#include <sys/types.h>

// From now on the caller's signals go to `child`, which is the command, or `as_init` the init of its namespace.
void pass_on_to(pid_t child, bool as_init);
// In that init: what comes from pass_on_to() goes to the command.
void pass_on_as_init(pid_t command);
