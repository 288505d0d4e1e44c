// The bytes on their way through a TCP connection within the instance: those that wait to be read, and those that the sender still
// holds, because the receiver has no room or has not said yet that it got them.
#pragma once
#include <string>

// What the application at `receiver` will read, as `sender`, its other end, wrote it; `sender` is -1 where that is not the instance's.
std::string tcp_stream(int receiver, int sender, const std::string &words);
