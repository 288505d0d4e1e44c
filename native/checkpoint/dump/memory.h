// Private memory: which pages belong to the image, and where in its pages file they go.
#pragma once
#include "checkpoint/dump/instance.h"
#include "checkpoint/dump/pages-file.h"
#include "checkpoint/dump/records.h"

struct MemoryPlan {
  std::vector<image_extent> extents;
  std::vector<PageCopy> copies;
  uint64_t parent_bytes = 0; // what earlier images hold
};

// from: the process or its frozen copy.
// uninherited: only what a copy lacks, or only what it has.
// OF_A_FORK: memory that is wiped on fork (MADV_WIPEONFORK) is left out, for a clone is one; OF_ITSELF: what is brought back is the same process.
enum class Contents { OF_A_FORK, OF_ITSELF };
MemoryPlan plan_memory(const Process &process, pid_t from, bool uninherited, Contents contents, PagesFile &pages);
void record_memory(const Process &process, const MemoryPlan &plan, Records &records);
