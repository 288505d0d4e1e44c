#pragma once
#include "checkpoint/dump/instance.h"

/** Whether the preload library that is in a process's memory is its own, and not that of a program which it emulates: valgrind and
 * qemu-user are static programs that load another, with the library, and run its code by code of theirs. Its mappings must be read. */
bool has_own_library(const Process &process);

/** A program that the kernel has just begun, with a dynamic linker that has not come to the library yet. Nothing of the process need be read. */
bool awaits_library(pid_t pid);
