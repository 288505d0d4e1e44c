#pragma once
#include "checkpoint/enter/options.h"

// Runs the command in a child and answers the status to exit with: its own, 128+N, 126 or 127.
int run_command(const Options &options);
