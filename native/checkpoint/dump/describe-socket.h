// A socket is described by its family, from the part of its record that all have in common (describe-socket.cc).
#pragma once
#include <string>

#include "checkpoint/dump/description.h"

// The name of its record.
std::string describe_unix(Collector &collector, const Description &description, int fd, image_socket &out);
void describe_inet(const Collector &collector, const Description &description, int fd, image_socket &out);

// A connection that a listener has not accepted yet. place: orders those of one listener.
// What it has sent stands in an end that nobody has yet, where it can't be looked at: once it is accepted, it can be tried again.
void wait_for(const Description &description, image_socket &out, uint32_t listener, uint64_t place, bool has_sent);
