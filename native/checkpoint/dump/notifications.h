// Who is to be told of the next message in an empty POSIX message queue (mq_notify).
#pragma once
#include <optional>
#include <string>

#include "checkpoint/dump/description.h"

class Notification {
 public:
  // The registration that stands with the queue, if any. Refuses one that can't be had without damage.
  static std::optional<Notification> of(const Collector &collector, int queue, const std::string &name);
  // Has the kernel tell the owner of a message: what goes with it is seen then. The queue is empty, and is so afterwards. The registration is
  // used up: should this program be killed now, the owner is told of a message that is not there, and asks again by itself.
  void sound(int queue) const;
  // The owner asks again, as it did before; what it was told is taken from it before it runs. Once the queue has what was in it.
  void renew(Collector &collector);

 private:
  void check_signal() const;
  void find_sockets(const Collector &collector);
  bool tells_by_signal() const;
  void find_value();
  void find_cookie();
  void ask_again();
  void take_signal();
  void take_cookie();
  Process *owner_ = nullptr;
  std::string name_;
  std::vector<std::pair<int, Descriptor>> sockets_; // the owner's netlink sockets, by its numbers
  image_notification state_{};
};
