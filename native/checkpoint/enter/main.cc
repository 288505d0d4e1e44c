// appshot-enter: runs a command inside a running instance (native/README.md).
#include <cstdio>

#include "checkpoint/enter/command.h"
#include "checkpoint/enter/failure.h"
#include "checkpoint/enter/join.h"

int main(int count, char **words) {
  try {
    Options options = parse_options(count, words);
    join_instance(options.init);
    return run_command(options);
  } catch (const Failure &failure) {
    fprintf(stderr, "appshot-enter: %s\n", failure.what());
    return 125;
  }
}
