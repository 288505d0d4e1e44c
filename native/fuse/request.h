// One request of the kernel and its answer.
#pragma once
#include <sys/types.h>

#include <string_view>

#include "fuse/durable.h"
#include "fuse/protocol.h"

class View;
namespace pool {
class Turn;
}

class Request {
 public:
  Request(int device, durable::RequestSlot& slot, const char* message, size_t size, pool::Turn* turn = nullptr)
      : turn_(turn), device_(device), slot_(slot), head_(reinterpret_cast<const fuse_in_header*>(message)), body_(message + sizeof *head_), size_(size - sizeof *head_) {}

  const fuse_in_header& head() const { return *head_; }
  template <typename T>
  const T& in() const {
    return *reinterpret_cast<const T*>(body_);
  }
  // What follows the fixed part: a name, or data.
  const char* rest(size_t fixed) const { return body_ + fixed; }
  size_t rest_size(size_t fixed) const { return size_ - fixed; }

  void error(int code) { send(-code, nullptr, 0); }
  void done() { send(0, nullptr, 0); }
  template <typename T>
  void reply(const T& out) {
    send(0, &out, sizeof out);
  }
  void reply_bytes(const void* data, size_t size) { send(0, data, size); }
  bool answered() const { return answered_; }

  // Writes down what the answer is, before it is sent: it is for good from here on.
  void settle(int error = 0, const void* data = nullptr, size_t size = 0);
  // The answer gives the kernel one more reference of a node, unless it never gets there.
  void count(uint64_t node) {
    slot_.counted[slot_.progress] = node;
    slot_.progress++;
  }
  bool counted_all() const { return slot_.progress == durable::most_counted; }
  durable::RequestSlot& slot() const { return slot_; }
  // What was done for this request by a server that is gone; nullptr when it is new.
  durable::Kept* kept(const View& view) const;

 private:
  void send(int error, const void* data, size_t size);

  pool::Turn* turn_;
  int device_;
  durable::RequestSlot& slot_;
  const fuse_in_header* head_;
  const char* body_;
  size_t size_;
  bool answered_ = false, settled_ = false;
};

// Runs the operation that a request names and answers it.
void dispatch(View& view, Request& request);
