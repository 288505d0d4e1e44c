// Where the file of a unix socket is that was bound to a path, as the instance sees it: at `name` itself, unless it was renamed since, or
// its program has a root of its own. "" when it was removed.
#pragma once
#include <string>

#include "checkpoint/dump/unix-diag.h"

// What the kernel tells who has CAP_NET_ADMIN; false: it doesn't tell.
bool ask_socket_file(int fd, const std::string &name, std::string &out);
// What everybody can find out: it is at its name or beside it, for a socket that is to come into place whole is renamed within its
// directory. A new file may have a removed one's number.
std::string find_socket_file(const UnixSocket &socket, const std::string &name);
