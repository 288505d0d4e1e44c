#include "fuse/takeover.h"

#include <dirent.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "fuse/dir-cache.h"
#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/log.h"
#include "fuse/mount-check.h"
#include "fuse/pool.h"
#include "fuse/registry.h"
#include "fuse/request.h"

namespace {

using durable::RequestSlot;
using Views = std::map<uint32_t, std::shared_ptr<View>>;

fuse_in_header& head_of(durable::ThreadArea& area) { return *reinterpret_cast<fuse_in_header*>(area.request); }

// Answers that were settled, before anything else is done: views look there for what was finished.
void keep_answers() {
  for (durable::ThreadArea& area : durable::shared->threads) {
    RequestSlot& slot = area.slot;
    if (slot.phase == RequestSlot::done && slot.size > sizeof slot.reply) {
      durable::keep_listing(slot);
      slot.phase = RequestSlot::idle;
    } else if (slot.phase == RequestSlot::done) {
      durable::keep(durable::Kept::answered, slot.view, slot.unique, slot.error, slot.reply, slot.size);
      slot.phase = RequestSlot::idle;
    } else if (slot.phase == RequestSlot::serving && slot.certain) {
      durable::keep(durable::Kept::certain, slot.view, slot.unique);
    }
  }
}

// Forgets that were read are carried out; references that a listing was to give are taken off again.
void settle_counts(const Views& views) {
  for (durable::ThreadArea& area : durable::shared->threads) {
    RequestSlot& slot = area.slot;
    fuse_in_header& head = head_of(area);
    bool read = head.len && (slot.phase == RequestSlot::serving || slot.phase == RequestSlot::reading);
    auto found = views.find(slot.view);
    if (!read || found == views.end()) {
      slot.phase = RequestSlot::idle;
      continue;
    }
    slot.phase = RequestSlot::serving;
    View& view = *found->second;
    if (head.opcode == FUSE_FORGET || head.opcode == FUSE_BATCH_FORGET) {
      Request request(view.device(), slot, area.request, head.len);
      dispatch(view, request);
    } else if (head.opcode == FUSE_READDIRPLUS) {
      while (slot.progress) {
        uint64_t node = slot.counted[slot.progress - 1];
        slot.progress--;
        view.nodes.forget(node, 1);
      }
    }
    slot.phase = RequestSlot::idle;
  }
}

std::unique_ptr<ViewHeader> header_of(int fd) {
  auto header = std::make_unique<ViewHeader>();
  check(pread(fd, header.get(), sizeof *header, 0), "read", "view memory");
  return header;
}

std::string place_of(const ViewHeader& header) {
  return Fields(split_line(std::string_view(header.options, header.options_size))).maybe("at");
}

// A view that was unmounted may be there still when the next one is mounted in its place.
bool is_of_another(const std::string& at) {
  for (auto& slot : durable::shared->views) {
    if (slot == 0) continue;
    std::unique_ptr<ViewHeader> other = header_of(slot);
    if (other->state == ViewHeader::attached && place_of(*other) == at) return true;
  }
  return false;
}

// A view that was being mounted or unmounted. Its descriptors are closed with all that nobody knows of.
void drop_view(int fd, const ViewHeader& header) {
  std::string at = place_of(header);
  Stat st;
  if (header.state != ViewHeader::making && stat_at(AT_FDCWD, at.c_str(), st) == 0 && st.stx_attributes & STATX_ATTR_MOUNT_ROOT && is_view_mount(st) && !is_of_another(at))
    take_off(at);
  for (auto& slot : durable::shared->views)
    if (slot == fd) slot = 0;
}

std::shared_ptr<View> resume(int fd) {
  std::unique_ptr<ViewHeader> header = header_of(fd);
  if (header->state != ViewHeader::attached) {
    drop_view(fd, *header);
    return nullptr;
  }
  auto view = std::make_shared<View>(fd);
  view->resume();
  return view;
}

Views resume_all() {
  Views views;
  for (uint32_t i = 0; i < durable::most_views; i++) {
    int fd = durable::shared->views[i];
    if (!fd) continue;
    try {
      if (std::shared_ptr<View> view = resume(fd)) views[i] = view;
    } catch (const Failure& failure) {
      log_line("a view is lost: %s: %s", failure.what(), strerror(failure.code()));
      durable::shared->views[i] = 0;
    }
  }
  return views;
}

void add_needed(View& view, std::set<int>& needed) {
  ViewHeader& header = view.memory.header();
  needed.insert({view.memory.fd(), view.device()});
  const ViewHeader::Stack& stack = header.stacks[header.current];
  for (uint32_t i = 0; i < stack.count; i++) needed.insert({stack.layers[i].root, stack.layers[i].directory});
  view.nodes.each([&](Node& node) {
    if (node.nameless) needed.insert(node.nameless.get());
    if (node.open) needed.insert(node.open->object.get());
  });
}

// What the killed server had open for a moment.
void close_strays(const Views& views) {
  std::set<int> needed{0, 1, 2, durable::shared_fd, durable::shared->listener, durable::shared->start_up};
  for (auto& [number, view] : views) add_needed(*view, needed);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir("/proc/self/fd"), closedir);
  if (!stream) fail(errno, "opendir", "/proc/self/fd");
  needed.insert(dirfd(stream.get()));
  std::vector<int> strays;
  while (dirent* entry = readdir(stream.get()))
    if (int fd = atoi(entry->d_name); entry->d_name[0] != '.' && !needed.contains(fd)) strays.push_back(fd);
  for (int fd : strays) close(fd);
}

void send_again(const View& view) {
  fuse_out_header head{sizeof head, NOTIFY_RESEND, 0};
  if (write(view.device(), &head, sizeof head) < 0) log_line("requests of %s sent again: %m", view.aid.c_str());
}

}  // namespace

void take_over() {
  keep_answers();
  // Kept if this fails: a view that ends is unmounted, but the next server is to find them as they are.
  Views& views = *new Views(resume_all());
  settle_counts(views);
  for (auto& [number, view] : views) {
    view->nodes.reap_all();
    dir_cache::drop_view(view->serial);
  }
  close_strays(views);
  pool::start();
  for (auto& [number, view] : views) {
    registry::add(view);
    send_again(*view);
    pool::watch(*view);
  }
  delete &views;   // the registry has them
  durable::shared->takeovers++;
}
