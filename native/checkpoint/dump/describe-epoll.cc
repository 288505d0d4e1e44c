// An epoll set: what it watches, as descriptor numbers of one process's table.
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <map>
#include <utility>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"

struct Target { // struct kcmp_epoll_slot
  uint32_t epoll_fd, target_fd, offset;
};

struct Item {
  image_epoll_item image{};
  unsigned long ino = 0;
  uint32_t offset = 0; // several watched descriptions can share a number: the nth of them
};

static std::vector<Item> read_items(const Description &description) {
  std::vector<Item> out;
  std::map<int, uint32_t> seen;
  const char *line = description.info_text.c_str();
  for (; (line = strstr(line, "tfd:")) != nullptr; line += 4) {
    Item item;
    if (sscanf(line, "tfd: %d events: %x data: %" SCNx64 " pos:%*i ino:%lx", &item.image.fd, &item.image.events, &item.image.data, &item.ino) < 3) continue;
    item.offset = seen[item.image.fd]++;
    out.push_back(item);
  }
  return out;
}

// Does the number stand for the watched description in this process? A number can have been closed or used again since.
static bool stands_for(const Description &epoll, const Process &process, int fd, const Item &item) {
  Target target{static_cast<uint32_t>(epoll.holders[0].fd), static_cast<uint32_t>(item.image.fd), item.offset};
  return syscall(SYS_kcmp, process.pid, epoll.holders[0].process->pid, KCMP_EPOLL_TFD, fd, &target) == 0;
}

struct Maker {
  const Process *process;
  bool waits = false; // in the set, just now
  size_t count = 0;
  std::vector<bool> valid;
};

static bool waits_in(const Description &epoll, const Process &process) {
  constexpr long epoll_pwait2 = 441;
  for (const Thread &thread : process.threads) {
    long call = static_cast<long>(thread.regs.orig_rax);
    if (call != SYS_epoll_wait && call != SYS_epoll_pwait && call != epoll_pwait2) continue;
    for (const Holder &holder : epoll.holders)
      if (holder.process == &process && holder.fd == static_cast<int>(thread.regs.rdi)) return true;
  }
  return false;
}

static Maker ask(const Description &epoll, const Process &process, const std::vector<Item> &items) {
  Maker out{&process, waits_in(epoll, process), 0, std::vector<bool>(items.size(), false)};
  for (size_t i = 0; i < items.size(); i++) {
    out.valid[i] = stands_for(epoll, process, items[i].image.fd, items[i]);
    out.count += out.valid[i];
  }
  return out;
}

// Those that can have made the set: who holds it, or, where it is on its way, anybody.
static std::vector<Maker> makers(const Collector &collector, const Description &description, const std::vector<Item> &items) {
  std::vector<Maker> out;
  for (const Holder &holder : description.holders) {
    bool known = std::any_of(out.begin(), out.end(), [&](const Maker &maker) { return maker.process == holder.process; });
    if (holder.process != &collector.self && !known) out.push_back(ask(description, *holder.process, items));
  }
  if (!out.empty()) return out;
  for (const auto &process : collector.instance.processes)
    if (!process->zombie) out.push_back(ask(description, *process, items));
  return out;
}

// The process that made the set is not recorded by the kernel: it is the one that waits in it, and whose table fits best. (A forked child has
// the set too, and may still hold what its parent has closed.)
static const Maker &owner_among(const std::vector<Maker> &all) {
  auto less = [](const Maker &a, const Maker &b) { return std::pair(a.waits, a.count) < std::pair(b.waits, b.count); };
  return *std::max_element(all.begin(), all.end(), less);
}

// Its number was closed, another stands for the same: by that one it is watched in a clone.
static bool renumber(const Collector &collector, const Description &epoll, const Maker &owner, const std::vector<Item> &items, Item &item) {
  bool taken = false;
  for (const Description &description : collector.all) {
    if (description.status.st_ino != item.ino) continue;
    for (const Holder &holder : description.holders) {
      if (holder.process != owner.process || !stands_for(epoll, *owner.process, holder.fd, item)) continue;
      taken = std::any_of(items.begin(), items.end(), [&](const Item &other) { return other.image.fd == holder.fd; });
      if (taken) continue;
      item.image.fd = holder.fd;
      item.offset = 0;
      return true;
    }
  }
  if (taken) refuse_description(epoll, "an epoll set that watches a descriptor twice, once by a number that it has no more");
  return false;
}

// struct epoll_params, which the C library's headers may not know.
struct Polling {
  uint32_t microseconds;
  uint16_t budget;
  uint8_t preferred, unused;
};

static uint32_t polling_of(const Description &description) {
  const unsigned long get_parameters = _IOR(0x8a, 2, Polling);
  Polling out{};
  if (ioctl(description.borrow().get(), get_parameters, &out) != 0) return 0; // an earlier kernel, which has none
  if (out.microseconds >> EPOLL_BUDGET_SHIFT || out.budget >> (31 - EPOLL_BUDGET_SHIFT))
    refuse_description(description, "an epoll set that polls for more than a second or 2047 packets (EPIOCSPARAMS)");
  return out.microseconds | static_cast<uint32_t>(out.budget) << EPOLL_BUDGET_SHIFT | (out.preferred ? EPOLL_PREFERS_POLLING : 0);
}

void describe_epoll(Collector &collector, const Description &description) {
  std::vector<Item> items = read_items(description);
  std::vector<Maker> all = makers(collector, description, items);
  const Maker &owner = owner_among(all);
  image_epoll out{};
  out.flags = description.flags;
  out.owner_pid = owner.process->image.pid;
  out.polling = polling_of(description);
  std::string data;
  for (size_t i = 0; i < items.size(); i++) {
    Item &item = items[i];
    if (!owner.valid[i] && !renumber(collector, description, owner, items, item)) {
      if (std::any_of(all.begin(), all.end(), [&](const Maker &maker) { return maker.waits && maker.valid[i]; }))
        refuse_description(description, "an epoll set in which processes wait for descriptors that only one of them has");
      continue; // closed here, held open elsewhere: nobody can name it to remove it, and no number brings it back
    }
    data += Records::bytes_of(item.image);
    out.count++;
  }
  collector.records.add(RECORD_EPOLL, description.id, "", Records::bytes_of(out) + data);
}
