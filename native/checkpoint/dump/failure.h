// The one way this program fails: an errno and a sentence that names the operation and its operand. main() turns it into
// the `error ERRNO MESSAGE` line after everything that was suspended runs again.
#pragma once
#include <string>

struct Failure {
  int code;
  std::string message;
};

std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Fails with the given errno; the sentence is complete as it is.
[[noreturn]] void refuse(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Fails with the current errno, whose words are put after the sentence.
[[noreturn]] void fail_call(const char *format, ...) __attribute__((format(printf, 1, 2)));
