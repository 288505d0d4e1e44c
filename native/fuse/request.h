// One request of the kernel and its answer.
#pragma once
#include <sys/types.h>

#include <string_view>

#include "fuse/protocol.h"

class View;

class Request {
 public:
  Request(int device, const char* message, size_t size)
      : device_(device), head_(reinterpret_cast<const fuse_in_header*>(message)), body_(message + sizeof *head_), size_(size - sizeof *head_) {}

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

 private:
  void send(int error, const void* data, size_t size);

  int device_;
  const fuse_in_header* head_;
  const char* body_;
  size_t size_;
  bool answered_ = false;
};

// Runs the operation that a request names and answers it.
void dispatch(View& view, Request& request);
