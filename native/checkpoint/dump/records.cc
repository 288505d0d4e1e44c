#include "checkpoint/dump/records.h"

#include <cerrno>

#include "checkpoint/dump/failure.h"

[[noreturn]] static void refuse_size() {
  refuse(EOPNOTSUPP, "the application has more than %llu MiB in removed files, pipes and sockets, which can't be part of a template", RECORDS_MAX >> 20);
}

void Records::add(record_type type, uint32_t id, const std::string &name, const std::string &data) {
  if (bytes_.size() + data.size() > RECORDS_MAX) refuse_size();
  record_header header{};
  header.name_size = static_cast<uint32_t>(name.size());
  header.descriptor_size = static_cast<uint32_t>(data.size());
  header.type = static_cast<uint16_t>(type);
  header.mark = MARK_NONE; // FIG. 8 is the caller's: it classifies what stands here
  header.id = id;
  bytes_.append(reinterpret_cast<const char *>(&header), sizeof header);
  bytes_ += name;
  pad_to_8(bytes_);
  bytes_ += data;
  pad_to_8(bytes_);
  count_++;
  if (type == RECORD_PROCESS || type == RECORD_THREAD || type == RECORD_POSIX_TIMER || (type >= RECORD_SHMEM && type <= RECORD_SYSV_MSG) ||
      (type >= RECORD_FILE && type <= static_cast<int>(LAST_DESCRIPTION_TYPE)))
    resources_++;
}

void Records::append(const Records &other) {
  if (bytes_.size() + other.bytes_.size() > RECORDS_MAX) refuse_size();
  bytes_ += other.bytes_;
  count_ += other.count_;
  resources_ += other.resources_;
}
