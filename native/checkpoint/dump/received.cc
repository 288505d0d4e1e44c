#include "checkpoint/dump/received.h"

#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "checkpoint/dump/socket-address.h"
#include "checkpoint/dump/tcp-stream.h"

static std::string sender_bytes(const Collector &collector, const sockaddr_storage &from, socklen_t size, int type) {
  if (size <= sizeof from.ss_family) return "";
  Address address;
  address.storage = from;
  address.size = size;
  if (from.ss_family != AF_UNIX) address = asked_address(collector, address, type);
  std::string name = from.ss_family == AF_UNIX ? unix_name(address) : "";
  uint32_t as_is = 0;
  if (!name.empty() && name[0] == '@') {
    std::string bytes = stored_name(collector, name, as_is);
    bytes[0] = '\0';
    return std::string(reinterpret_cast<const char *>(&address.storage), offsetof(sockaddr_un, sun_path)) + bytes;
  }
  return std::string(reinterpret_cast<const char *>(&address.storage), size);
}

static std::string message_bytes(const Collector &collector, const Parcel &parcel, int type) {
  std::string from = sender_bytes(collector, parcel.from, parcel.from_size, type);
  std::string out = Records::bytes_of(static_cast<uint64_t>(parcel.bytes.size() | from.size() << 32)) + Records::bytes_of(parcel.who) + from;
  pad_to_8(out);
  out += parcel.bytes;
  pad_to_8(out);
  return out;
}

// Of a stream all parts are told when one of them has come with descriptors or from somebody; of messages those with descriptors.
static std::string parts_of(const Collector &collector, const std::vector<Parcel> &parcels, bool stream) {
  auto matters = [&](const Parcel &parcel) { return !parcel.with.empty() || (stream && parcel.who.pid); };
  if (std::none_of(parcels.begin(), parcels.end(), matters)) return "";
  std::string out;
  uint64_t at = 0;
  for (const Parcel &parcel : parcels) {
    image_part part{at, stream ? parcel.who : image_sender{}, static_cast<uint32_t>(parcel.with.size()), 0};
    at += stream ? parcel.bytes.size() : 1;
    if (!stream && parcel.with.empty()) continue;
    out += Records::bytes_of(part);
    for (const Descriptor &descriptor : parcel.with) {
      uint32_t id = collector.description_of(descriptor.get());
      out.append(reinterpret_cast<const char *>(&id), sizeof id);
    }
    pad_to_8(out);
  }
  return out;
}

std::string received_messages(Collector &collector, const Description &description, int fd, const image_socket &socket) {
  auto known = collector.queues.find(description.status.st_ino);
  std::vector<Parcel> fresh;
  if (known == collector.queues.end()) fresh = look_at_queue(collector.instance, fd, description.words());
  const std::vector<Parcel> &parcels = known == collector.queues.end() ? fresh : known->second;
  bool stream = socket.type == SOCK_STREAM;
  std::string out;
  for (const Parcel &parcel : parcels) out += stream ? parcel.bytes : message_bytes(collector, parcel, static_cast<int>(socket.type));
  std::string parts = parts_of(collector, parcels, stream);
  if (!parts.empty()) collector.records.add(RECORD_PARTS, description.id, "", parts);
  return out;
}

std::string received_stream(const Collector &collector, const Description &description, int fd, uint32_t peer) {
  refuse_urgent(fd, description.words());
  Descriptor other_end = peer ? collector.all[peer - 1].borrow() : Descriptor(-1);
  return tcp_stream(fd, other_end.get(), description.words());
}
