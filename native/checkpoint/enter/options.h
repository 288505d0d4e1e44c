#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

struct Options {
  pid_t init = 0;           // of the instance that is joined, or
  std::string root;         // a mounted root without processes
  std::string directory; // empty: the instance's /
  std::vector<std::string> environment;
  bool clear_environment = false;
  std::vector<char *> command; // ends with nullptr
};

// Throws Failure with the usage.
Options parse_options(int count, char **words);
