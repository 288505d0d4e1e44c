// Keys that a listener demands of those who connect (TCP_MD5SIG).
#pragma once
#include <sys/types.h>

// Whether the TCP listener with this inode has any. Without CAP_NET_ADMIN nobody is told, and the answer is false.
bool demands_keys(ino_t listener);
