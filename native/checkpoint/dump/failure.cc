#include "checkpoint/dump/failure.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

static std::string vtext(const char *format, va_list args) {
  char buffer[2048];
  int length = vsnprintf(buffer, sizeof buffer, format, args);
  if (length < 0) return format;
  return std::string(buffer, std::min<size_t>(static_cast<size_t>(length), sizeof buffer - 1));
}

std::string text(const char *format, ...) {
  va_list args;
  va_start(args, format);
  std::string out = vtext(format, args);
  va_end(args);
  return out;
}

void refuse(int code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  std::string out = vtext(format, args);
  va_end(args);
  throw Failure{code, out};
}

void fail_call(const char *format, ...) {
  int code = errno;
  va_list args;
  va_start(args, format);
  std::string out = vtext(format, args);
  va_end(args);
  throw Failure{code, out + ": " + strerror(code)};
}
