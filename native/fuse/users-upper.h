// What a server without privileges does for an upper before it serves it.
#pragma once
#include "fuse/layer.h"

// The root keeps the owner it has in the layer below, or the application could write where its user can't. Over the host's own
// /dev, which is masked, it gets a /dev/shm: nobody but the server may make one there. Throws Failure.
void prepare_users_upper(const Layer& upper, const Layer& below);
