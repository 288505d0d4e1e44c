// User and group ids as the instance's user namespace has them; /proc shows them as this program's namespace does.
#pragma once
#include <sys/types.h>

#include <cstdint>

uint32_t user_in_instance(pid_t pid, uint32_t seen);
uint32_t group_in_instance(pid_t pid, uint32_t seen);
