// What the caller said: KEY=VALUE arguments, checked once.
#pragma once
#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

struct Options {
  pid_t init = 0;
  std::string out;
  pid_t main = 0;                // virtual pid
  std::string stdio[3];          // host files given at launch
  std::string table;
  std::vector<std::string> layers;
  std::vector<std::pair<std::string, std::string>> injected; // path in every view, the host's file that is shown there
  std::vector<std::pair<std::string, std::string>> parents; // image id, pages file
  std::vector<std::pair<std::string, std::string>> custom;  // evaluated prefix, its pre-customised form
  bool end = false;
  bool pause = false;            // only stop all processes, and let them go on
  std::string hold;              // where the holder of sockets listens, with end
  int limit_ms = 10000;
  // Looked up at once, because host paths mean nothing any more after the instance's root has been entered.
  struct stat stdio_status[3] = {};
  std::vector<struct stat> parent_status;
};

Options parse_options(int argc, char **argv);
