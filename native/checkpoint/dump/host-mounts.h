// The host's mounts as they were before this process entered an instance. A clone of a user's has files mapped from the host's own
// mounts, which its namespace let go of: the kernel words their paths from the mount's root, not from the host's.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "checkpoint/dump/descriptor.h"

void remember_host_mounts();
// Opens (O_PATH) the file of that device (as maps and mountinfo name it) and number which maps calls `path`, and makes the path
// what it is on the host; a file of a layer is called what it is in the view already. Nothing when it isn't found.
Descriptor open_on_host(dev_t dev, ino_t ino, std::string &path, const std::vector<std::string> &layers);
