// A clone has descriptors of its own beside the application's while it is made, within a limit that only root may raise.
#pragma once
#include "checkpoint/dump/description.h"

// Refuses an application that leaves no room for them. files: how many open files the image has.
void refuse_crowded_tables(const Collector &collector, uint32_t files);
