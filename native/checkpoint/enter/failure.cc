#include "checkpoint/enter/failure.h"

#include <cerrno>
#include <cstring>

void fail_call(const std::string &operation) { throw Failure(operation + ": " + strerror(errno)); }
