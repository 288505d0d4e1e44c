// A look at something from inside the instance.
#pragma once
#include <functional>

#include "checkpoint/dump/instance.h"

// Runs `look` in a task whose process numbers are the instance's, and which has this program's memory and descriptors. A process that has
// ended has a number still, in every namespace that it was in; the kernel tells it to those who are there. Throws what `look` throws.
void inside_instance(const Instance &instance, const std::function<void()> &look);
