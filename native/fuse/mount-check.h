// Is this the root of a mounted view, ours or another server's? A view never enters one: it would wait for itself.
#pragma once
#include "fuse/syscalls.h"

bool is_view_mount(const Stat& root_of_mount);
