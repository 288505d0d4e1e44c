// Bytes that a TCP connection within the instance holds back at the sender, because the receiver has no room or has not said yet
// that it got them.
#pragma once
#include <string>

// What `sender` still has to bring to `receiver`, its other end, behind what that has received.
std::string unsent_bytes(int sender, int receiver, const std::string &words);
