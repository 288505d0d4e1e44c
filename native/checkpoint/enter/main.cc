// appshot-enter: runs a command inside a running instance (native/README.md).
#include <cstdio>

#include "checkpoint/enter/bare-root.h"
#include "checkpoint/enter/command.h"
#include "checkpoint/enter/failure.h"
#include "checkpoint/enter/join.h"

int main(int count, char **words) {
  try {
    Options options = parse_options(count, words);
    if (options.root.empty()) join_instance(options.init);
    else enter_bare_root(options.root);
    return run_command(options);
  } catch (const Failure &failure) {
    fprintf(stderr, "appshot: exec: %s\n", failure.what());
    return 125;
  }
}
