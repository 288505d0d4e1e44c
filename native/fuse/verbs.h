// The control verbs: what each does and answers.
#pragma once
#include <string>
#include <vector>

#include "fuse/control-line.h"

// The fields after "ok". Throws Failure.
std::vector<std::string> run_verb(const std::string& verb, const Fields& fields);
// Takes long enough to have a thread of its own.
bool is_slow_verb(const std::string& verb);
// Views whose connection the kernel has ended: a person unmounted them.
void drop_ended();
void unmount_all();
