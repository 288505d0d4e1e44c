// The bits of a file's mode that go when somebody without the right to keep them changes it.
#pragma once
#include <string>

#include "fuse/protocol.h"

// Set-user-id always goes, set-group-id where the group may execute, or the asker isn't of it. Whether the mode is another now; the
// kernel isn't told of that. Throws Failure.
bool drop_set_id(int fd, const fuse_in_header& asker, const std::string& name);
