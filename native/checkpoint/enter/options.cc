#include "checkpoint/enter/options.h"

#include <unistd.h>

#include <cstdlib>

#include "checkpoint/enter/failure.h"

static const char usage[] = "usage: appshot-enter INIT_PID|--root DIR [-w CWD] [-e K=V]... [-c] -- CMD...";

Options parse_options(int count, char **words) {
  Options out;
  char *end = nullptr;
  if (count < 3) throw Failure(usage);
  if (words[1] == std::string("--root")) {
    out.root = words[2];
    optind = 3;
  } else {
    out.init = static_cast<pid_t>(strtol(words[1], &end, 10));
    if (*end != '\0' || out.init <= 0) throw Failure(usage);
    optind = 2;
  }
  for (int option; (option = getopt(count, words, "+w:e:c")) != -1;) {
    if (option == 'w') out.directory = optarg;
    else if (option == 'e') out.environment.emplace_back(optarg);
    else if (option == 'c') out.clear_environment = true;
    else throw Failure(usage);
  }
  for (int i = optind; i < count; i++) out.command.push_back(words[i]);
  if (out.command.empty()) throw Failure(usage);
  out.command.push_back(nullptr);
  return out;
}
