#include "checkpoint/dump/options.h"

#include <cerrno>
#include <cstdlib>

#include "checkpoint/dump/failure.h"

static long number(const std::string &key, const std::string &value) {
  char *end = nullptr;
  long out = strtol(value.c_str(), &end, 10);
  if (value.empty() || *end || out < 0) refuse(EINVAL, "%s= takes a number, not '%s'", key.c_str(), value.c_str());
  return out;
}

static std::pair<std::string, std::string> pair_of(const std::string &key, const std::string &value) {
  size_t at = value.find('=');
  if (at == std::string::npos || at == 0) refuse(EINVAL, "%s= takes A=B, not '%s'", key.c_str(), value.c_str());
  return {value.substr(0, at), value.substr(at + 1)};
}

static void set_option(Options &options, const std::string &key, const std::string &value) {
  if (key == "init") options.init = static_cast<pid_t>(number(key, value));
  else if (key == "out") options.out = value;
  else if (key == "main") options.main = static_cast<pid_t>(number(key, value));
  else if (key == "stdin") options.stdio[0] = value;
  else if (key == "stdout") options.stdio[1] = value;
  else if (key == "stderr") options.stdio[2] = value;
  else if (key == "table") options.table = value;
  else if (key == "layer") options.layers.push_back(value);
  else if (key == "injected") options.injected.push_back(pair_of(key, value));
  else if (key == "parent") options.parents.push_back(pair_of(key, value));
  else if (key == "custom") options.custom.push_back(pair_of(key, value));
  else if (key == "end") options.end = number(key, value) != 0;
  else if (key == "pause") options.pause = number(key, value) != 0;
  else if (key == "hold") options.hold = value;
  else if (key == "limit") options.limit_ms = static_cast<int>(number(key, value));
  else refuse(EINVAL, "unknown option '%s='", key.c_str());
}

static void look_up_files(Options &options) {
  for (int i = 0; i < 3; i++)
    if (!options.stdio[i].empty() && stat(options.stdio[i].c_str(), &options.stdio_status[i]) != 0) {
      if (errno != ENOENT) fail_call("stat %s", options.stdio[i].c_str()); // not known to be gone: descriptors would be taken for files of that name
      options.stdio_status[i] = {};
    }
  for (const auto &[id, path] : options.parents) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) fail_call("stat %s", path.c_str());
    options.parent_status.push_back(status);
  }
}

Options parse_options(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    std::string argument = argv[i];
    size_t at = argument.find('=');
    if (at == std::string::npos) refuse(EINVAL, "'%s' is not KEY=VALUE", argument.c_str());
    set_option(options, argument.substr(0, at), argument.substr(at + 1));
  }
  if (options.init <= 0) refuse(EINVAL, "init= is missing");
  if (options.out.empty() && !options.pause) refuse(EINVAL, "out= is missing");
  look_up_files(options);
  return options;
}
