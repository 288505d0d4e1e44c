// What brings a thread back to its own code when this program is killed in the middle of an injected call: the kernel then
// lets the thread run on from the injected instruction. That is `syscall; ret`, and the stack it returns by is a signal
// frame, so the thread goes through rt_sigreturn to the registers, signal mask and FPU state it was suspended with.
#pragma once
#include <sys/user.h>

#include <cstdint>
#include <string>

#include "checkpoint/dump/instance.h"

// Where things stand in the process's scratch memory.
constexpr uint64_t results_at = 0, results_size = 256, home_frame_at = 256, exit_frame_at = 704, fpu_at = 1280;
constexpr uint64_t scratch_area = 16384;
constexpr uint64_t helper_exit_code = 0x5a; // of the task that ends itself

// Finds `syscall; ret` and the C library's `rt_sigreturn` in the process; false: it has none, and its calls have no way home.
bool find_way_home(Process &process);
// The scratch memory's contents: a frame that leads to `home`, and one that makes a new task end itself.
std::string build_frames(const Process &process, const user_regs_struct &home, uint64_t signal_mask, const std::string &xsave);
