#include "checkpoint/dump/port-table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "checkpoint/dump/descriptor.h"
#include "checkpoint/dump/failure.h"
#include "shared/port-words.h"
#include "shared/queue-names.h"

PortTable::PortTable(const std::string &path) {
  if (path.empty()) return;
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail_call("open %s", path.c_str());
  struct stat status;
  if (fstat(file.get(), &status) != 0) fail_call("stat %s", path.c_str());
  if (static_cast<size_t>(status.st_size) < sizeof(table)) refuse(EINVAL, "%s is too short for a table", path.c_str());
  void *at = mmap(nullptr, sizeof(table), PROT_READ, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED) fail_call("map %s", path.c_str());
  table_ = static_cast<const table *>(at);
  if (table_->magic != TABLE_MAGIC || table_->version != TABLE_VERSION) refuse(EINVAL, "%s is no table of this version", path.c_str());
}

PortTable::~PortTable() {
  if (table_) munmap(const_cast<table *>(table_), sizeof(table));
}

const table_port *PortTable::by_system_port(int type, uint16_t port) const {
  if (!table_ || port == 0) return nullptr;
  uint64_t word;
  int at = port_find_system(table_->ports, static_cast<unsigned>(type), port, &word);
  return at < 0 ? nullptr : &table_->ports[at];
}

bool PortTable::strip_name_tag(std::string &name) const {
  std::string_view tag(table_ ? table_->name_tag : "", table_ ? sizeof table_->name_tag : 0);
  if (tag.empty() || tag[0] == '\0' || !name.starts_with(tag)) return false;
  name.erase(0, tag.size());
  return true;
}

std::vector<std::string> PortTable::queue_names() const {
  std::vector<std::string> out;
  char name[256];
  for (int i = 0; table_ && i < TABLE_QUEUES; i++)
    if (queue_name(&table_->queues[i], name)) out.emplace_back(name);
  return out;
}

bool PortTable::strip_tag(std::string &name) const {
  constexpr size_t length = sizeof(table::name_tag);
  if (!table_ || !table_->name_tag[0] || name.size() < length) return false;
  int left_out = name[0] - table_->name_tag[0];
  if (left_out < 0 || left_out > static_cast<int>(length) || name.compare(1, length - 1, table_->name_tag + 1, length - 1) != 0) return false;
  name = name.substr(length) + std::string(static_cast<size_t>(left_out), '\0');
  return true;
}
