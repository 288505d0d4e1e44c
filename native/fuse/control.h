// The control socket.
#pragma once
#include <string>

#include "fuse/fd.h"

// A listening unix socket at `path`, mode 0600. Throws Failure.
Fd listen_at(const std::string& path);
// Serves until `quit` is asked for, a signal to end arrives, or `state_dir` is gone.
void serve_control(int listener, const std::string& state_dir);
