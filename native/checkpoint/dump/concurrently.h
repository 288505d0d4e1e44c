// Many processes looked into by one thread, the one that traces them all: while one of them makes an injected call, the others are
// served. What takes most of a frozen application's time is the waking of one side by the other, and so it is waited for at once.
#pragma once
#include <cstddef>
#include <functional>

// Runs work(0) to work(count - 1), each on a stack of its own, in turns that change whenever one pauses. When one throws no other is
// begun, those that have begun come to their end, and the first failure is thrown on. work() may not pause inside a catch block.
void concurrently(size_t count, const std::function<void(size_t)> &work);

// Nothing has stopped: lets the others go on; where there is none who could, sleeps until something may have stopped.
void pause_for_stop(int timeout_us);

// Something has stopped: it is worth looking at all once more before sleeping.
void note_progress();
