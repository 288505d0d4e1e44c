// What a seccomp filter says to a call.
#pragma once
#include <linux/filter.h>

#include <cstdint>
#include <vector>

// SECCOMP_RET_*, for the call made with arguments of 0 from address 0; SECCOMP_RET_KILL_PROCESS for a program that the kernel would not have taken.
uint32_t run_filter(const std::vector<sock_filter> &code, long call);
