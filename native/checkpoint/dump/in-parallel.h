// Work that needs no tracer, by as many threads as there are processors: reading /proc, copying memory.
#pragma once
#include <cstddef>
#include <functional>

// Runs work(0) to work(count - 1), each once. When one fails no other is begun, and the first failure is thrown on.
void in_parallel(size_t count, const std::function<void(size_t)> &work);
