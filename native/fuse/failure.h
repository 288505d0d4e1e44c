// A system call that failed: its errno, its name and its operand. Requests answer the errno, control verbs say the rest.
#pragma once
#include <cerrno>
#include <exception>
#include <string>

class Failure : public std::exception {
 public:
  Failure(int code, std::string text) : code_(code), text_(std::move(text)) {}
  int code() const { return code_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  int code_;
  std::string text_;
};

[[noreturn]] inline void fail(int code, const char* call, const std::string& operand) {
  throw Failure(code, std::string(call) + " " + operand);
}

// Passes a result through, or throws what errno says.
template <typename T>
T check(T result, const char* call, const std::string& operand) {
  if (result < 0) fail(errno, call, operand);
  return result;
}

// Errors that mean: nothing here by that name. A live layer may have lost the directory itself in the meantime.
inline bool absent(int code) { return code == ENOENT || code == ENOTDIR || code == ESTALE || code == ELOOP; }
