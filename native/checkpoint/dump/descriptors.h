// The descriptor tables of all processes, and the descriptions they share.
#pragma once
#include "checkpoint/dump/description.h"

// Fills collector.all: one entry an open file description, ids from 1. Returns the first id that is still free.
uint32_t find_descriptions(Collector &collector);
void describe_all(Collector &collector);
void record_descriptor_tables(Collector &collector);
