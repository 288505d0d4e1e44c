// The options a socket was given: those that differ from a new socket of its kind. And what waits in it.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <string>

// image_socket_option structures; count is how many.
std::string socket_options(int fd, int family, int type, int protocol, bool tcp, uint16_t &count);

// An address as the application knows it.
using SenderAddress = std::function<std::string(const sockaddr_storage &address, socklen_t size)>;
// The virtual number of who sent a message, known by its number here.
using SenderNumber = std::function<uint32_t(pid_t pid)>;
// What it has still to receive, as RECORD_SOCKET has it.
std::string socket_queue(int fd, int other_end, int family, int type, const std::string &words, const SenderAddress &sender, const SenderNumber &sender_number);
