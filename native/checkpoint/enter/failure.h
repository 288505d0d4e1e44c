// Failures of appshot-enter itself, as against those of the command: exit status 125.
#pragma once
#include <stdexcept>
#include <string>

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// "OPERATION: words of errno"
[[noreturn]] void fail_call(const std::string &operation);
