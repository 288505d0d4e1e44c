// POSIX message queues of an instance under the preload mechanism: those whose names begin with its tag.
#pragma once
#include <string>

// How many were removed. None where this process may not look at the queues.
int remove_message_queues(const std::string &tag);
