// A process that looks into another's IPC namespace: it has one thread, and calls nothing but the kernel. Only such a process may join the
// user namespace that an instance of a user's has.
#pragma once
#include <string>

// What the helper does: writes to `to`, answers 0 or errno.
using HelperWork = int (*)(int process, const char *path, int to);

// In the helper: joins the IPC namespace that a pidfd leads to, and the `others` (CLONE_NEW*). 0 or errno.
int join_ipc(int process, int others);
// What the helper has written. 0 or errno.
int read_by_helper(HelperWork work, int process, const char *path, std::string &text);
