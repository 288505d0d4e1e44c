// Who is to be told of the next message in an empty POSIX message queue (mq_notify).
#pragma once
#include <optional>
#include <string>

#include "checkpoint/dump/description.h"

class Notification {
 public:
  // The registration that stands with the queue, if any. Refuses one that can't be had without damage.
  static std::optional<Notification> of(const Collector &collector, int queue, const std::string &name);
  // Has the kernel tell the owner of a message, so that what goes with it is seen, and takes that back from the owner before it runs.
  // The queue is empty, and is so afterwards. The registration is used up.
  void sound(int queue);
  // The owner asks again, as it did before. Once the queue has what was in it.
  void renew();
  // In the owner's record.
  void record(Collector &collector) const;

 private:
  void check_signal() const;
  void find_sockets(const Collector &collector);
  void take_signal();
  void take_cookie();
  Process *owner_ = nullptr;
  std::string name_;
  std::vector<std::pair<int, Descriptor>> sockets_; // the owner's netlink sockets, by its numbers
  image_notification state_{};
};
