// Who made the other end of a unix socket, as SO_PEERCRED tells it inside the instance.
#pragma once
#include "checkpoint/dump/instance.h"

void read_peer_credentials(const Instance &instance, int fd, image_socket &out);
