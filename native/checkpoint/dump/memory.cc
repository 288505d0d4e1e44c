#include "checkpoint/dump/memory.h"

#include <sys/mman.h>

#include <algorithm>

#include "checkpoint/dump/huge-pages.h"
#include "checkpoint/dump/pagemap.h"

static constexpr uint64_t wide_gap = 1 << 20;   // inside an anonymous extent: a hole costs nothing but address space
static constexpr size_t most_extents = 20000;   // each is a mapping in a clone, which may have 65530

// Runs whose gaps are at most `gap` become one; gaps are pages that are not ours to save, or not different.
static std::vector<PageRun> joined(const std::vector<PageRun> &runs, uint64_t gap) {
  std::vector<PageRun> out;
  for (const PageRun &run : runs) {
    if (!out.empty() && run.start - out.back().end <= gap) out.back().end = run.end;
    else out.push_back(run);
  }
  return out;
}

class Planner {
 public:
  Planner(pid_t from, PagesFile &pages, uint64_t narrow_gap) : pagemap_(from), pages_(pages), narrow_gap_(narrow_gap) {}

  void add(const Mapping &mapping) {
    std::vector<PageRun> runs = pagemap_.own_pages(mapping.start, mapping.end);
    bool over_file = mapping.parent >= 0 || mapping.kind == VMA_FILE_PRIVATE;
    uint64_t at = mapping.start;
    bool grows = mapping.has_flag("gd");
    uint64_t gap = over_file || grows ? narrow_gap_ : mapping.prot == PROT_NONE ? 0 : wide_gap;
    bool own_file = mapping.kind == VMA_FILE_PRIVATE;
    if (own_file && !runs.empty()) pages_.allocate(0, page_size); // or the kernel makes one mapping of this and of what precedes it
    for (const PageRun &area : joined(runs, gap)) {
      if (mapping.parent >= 0) add_parent(mapping, at, area.start);
      uint64_t offset = pages_.allocate(area.start, area.end - area.start);
      plan.extents.push_back({area.start, area.end - area.start, offset, 0, grows ? EXTENT_COPY : 0});
      // Over a file the gaps are copied too: there a hole would read as zeros.
      if (over_file) plan.copies.push_back({area.start, area.end - area.start, offset});
      else copy_runs(runs, area, offset);
      at = area.end;
    }
    if (own_file && !runs.empty()) pages_.allocate(0, page_size);
    if (mapping.parent >= 0) add_parent(mapping, at, mapping.end);
  }

  MemoryPlan plan;

 private:
  void copy_runs(const std::vector<PageRun> &runs, const PageRun &area, uint64_t offset) {
    auto before = [](const PageRun &run, uint64_t start) { return run.start < start; };
    for (auto run = std::lower_bound(runs.begin(), runs.end(), area.start, before); run != runs.end() && run->start < area.end; ++run)
      plan.copies.push_back({run->start, run->end - run->start, offset + (run->start - area.start)});
  }

  // What is still the parent image's own page has not changed since: refer to it there.
  void add_parent(const Mapping &mapping, uint64_t start, uint64_t end) {
    if (start >= end) return;
    plan.extents.push_back({start, end - start, mapping.offset + (start - mapping.start), static_cast<uint32_t>(mapping.parent) + 1, 0});
    plan.parent_bytes += end - start;
  }

  Pagemap pagemap_;
  PagesFile &pages_;
  uint64_t narrow_gap_;
};

static bool has_contents(const Mapping &mapping, Contents contents) {
  if (mapping.skipped || mapping.shared) return false;
  if (mapping.kind != VMA_ANON && mapping.kind != VMA_FILE_PRIVATE) return false;
  return contents == Contents::OF_ITSELF || !mapping.has_flag("wf");
}

MemoryPlan plan_memory(const Process &process, pid_t from, bool uninherited, Contents contents, PagesFile &pages) {
  for (uint64_t gap = 4 * page_size;; gap *= 4) {
    uint64_t before = pages.length();
    Planner planner(from, pages, gap);
    for (const Mapping &mapping : process.mappings)
      if (mapping.uninherited == uninherited && has_contents(mapping, contents)) planner.add(mapping);
    if (planner.plan.extents.size() <= most_extents || gap >= wide_gap) return std::move(planner.plan);
    pages.give_back(before);
  }
}

static uint32_t advice_of(const Mapping &mapping) {
  return (mapping.has_flag("dc") ? VMA_ADVICE_DONTFORK : 0) | (mapping.has_flag("wf") ? VMA_ADVICE_WIPEONFORK : 0) |
         (mapping.has_flag("dd") ? VMA_ADVICE_DONTDUMP : 0) | (mapping.has_flag("hg") ? VMA_ADVICE_HUGEPAGE : 0) |
         (mapping.has_flag("nh") ? VMA_ADVICE_NOHUGEPAGE : 0) | (mapping.has_flag("mg") ? VMA_ADVICE_MERGEABLE : 0) |
         (mapping.has_flag("rr") ? VMA_ADVICE_RANDOM : 0) | (mapping.has_flag("sr") ? VMA_ADVICE_SEQUENTIAL : 0) |
         (mapping.has_flag("sl") ? VMA_ADVICE_SEALED : 0) | (mapping.has_flag("lf") ? VMA_ADVICE_LOCKED_ON_FAULT : 0) |
         (mapping.has_flag("dp") ? VMA_ADVICE_DROPPABLE : 0);
}

static uint32_t map_flags_of(const Mapping &mapping) {
  return static_cast<uint32_t>((mapping.has_flag("gd") ? MAP_GROWSDOWN : 0) | (mapping.has_flag("nr") ? MAP_NORESERVE : 0) |
                               (mapping.has_flag("lo") && !mapping.has_flag("lf") ? MAP_LOCKED : 0) | (mapping.huge_page ? MAP_HUGETLB : 0)) |
         (mapping.huge_page ? huge_page_flags(mapping.huge_page) : 0);
}

void record_memory(const Process &process, const MemoryPlan &plan, Records &records) {
  std::string vmas;
  for (const Mapping &mapping : process.mappings) {
    if (mapping.skipped) continue;
    image_vma out{};
    out.start = mapping.start;
    out.end = mapping.end;
    out.kind = mapping.kind;
    out.file_offset = mapping.kind == VMA_ANON ? 0 : mapping.file_offset;
    out.prot = static_cast<uint32_t>(mapping.prot);
    out.map_flags = map_flags_of(mapping);
    out.advice = advice_of(mapping);
    out.file_id = mapping.file_id;
    out.file_writable = mapping.shared && mapping.has_flag("mw") ? 1 : 0;
    vmas += Records::bytes_of(out);
  }
  records.add(RECORD_VMAS, process.image.pid, "", vmas);
  records.add(RECORD_EXTENTS, process.image.pid, "", std::string(reinterpret_cast<const char *>(plan.extents.data()), plan.extents.size() * sizeof plan.extents[0]));
  if (!process.policies.empty()) records.add(RECORD_POLICIES, process.image.pid, "", process.policies);
}
