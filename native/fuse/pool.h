// The threads that serve all views.
//
// There are always a few, and more for as long as all are busy: a request that blocks (an fsync, a copy) holds up no
// other view. All wait on one epoll instance for the kernel's requests.
#pragma once
#include "fuse/view.h"

namespace pool {

void start();               // throws Failure
void watch(View& view);     // throws Failure
// A view's requests that nobody took yet are offered to other threads: called before anything that may block.
void hand_on(View& view);
// No longer offered; whether that can be said. A thread that has just been told of them takes them all the same.
bool take_back(View& view);

}  // namespace pool
