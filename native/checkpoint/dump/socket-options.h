// The options a socket was given: those that differ from a new socket of its kind.
#pragma once
#include <cstdint>
#include <string>

// image_socket_option structures; count is how many.
std::string socket_options(int fd, int family, int type, int protocol, bool tcp, uint16_t &count);
