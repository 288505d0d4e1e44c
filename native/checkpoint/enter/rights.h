// What a command may get by its exec.
#pragma once
#include <cstdint>

using BoundingSet = uint64_t; // a bit a capability

BoundingSet bounding_set();
// A user namespace that was made or joined gives every right over itself: nothing beyond `own` can be got of them by an exec.
void limit_rights(BoundingSet own);
