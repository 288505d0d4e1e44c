// Mounting without privileges: fusermount3 is set-user-id and does what this process may not.
#pragma once
#include <string>

#include "fuse/fd.h"

namespace fusermount {

// Mounts a view at `at`; returns its /dev/fuse, whose first request waits. Throws Failure.
Fd mount(const std::string& at);
// Detaches it, busy or not. Throws Failure.
void unmount(const std::string& at);

}  // namespace fusermount
