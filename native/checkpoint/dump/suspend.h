// FIG. 5, steps 256-262: find the application's processes, suspend each, and make sure that every thread is quiet.
#pragma once
#include "checkpoint/dump/instance.h"

// Suspends every thread of every descendant of instance.init, or resumes all and fails when one is not quiet after limit_ms.
void suspend_application(Instance &instance, int limit_ms);
// Lets every suspended thread go on exactly where it was.
void resume_application(Instance &instance);
// Microseconds of CLOCK_MONOTONIC at the first interrupt of the suspension that succeeded.
uint64_t suspended_since_us();
uint64_t monotonic_us();
