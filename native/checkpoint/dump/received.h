// What a socket has received, as its record has it.
#pragma once
#include <string>

#include "checkpoint/dump/description.h"

// Messages, or a stream's bytes. What has come with descriptors or from somebody gets a record of its own.
std::string received_messages(Collector &collector, const Description &description, int fd, const image_socket &socket);
// Of a TCP connection; peer: its other end's id, 0 = not here.
std::string received_stream(const Collector &collector, const Description &description, int fd, uint32_t peer);
