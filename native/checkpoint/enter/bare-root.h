#pragma once
#include <string>

// Gives the caller mount, IPC and PID namespaces of its own and makes `root`, a mounted view without processes, its root.
// The caller's next child is init there and must call become_init(). Throws Failure.
void enter_bare_root(const std::string &root);

// In that child: mounts its /proc, runs the rest in a child of its own and waits for all. Returns in that second child alone.
void become_init();
