#include "fuse/log.h"

#include <cstdarg>
#include <cstdio>
#include <ctime>

void log_line(const char* format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  char stamp[32];
  strftime(stamp, sizeof stamp, "%FT%TZ", &parts);
  fprintf(stderr, "%s appshot-view: %s\n", stamp, text);
}
