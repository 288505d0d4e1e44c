// POSIX message queues of an instance under the preload mechanism: those whose names begin with its tag.
#pragma once
#include <string>
#include <vector>

// `noted`: names that the instance's table knows. How many were removed.
int remove_message_queues(const std::string &tag, const std::vector<std::string> &noted);
