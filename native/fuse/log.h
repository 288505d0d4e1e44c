// Messages for people: one line each on stderr, which is the server's log file.
#pragma once

[[gnu::format(printf, 1, 2)]] void log_line(const char* format, ...);
