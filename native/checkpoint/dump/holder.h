// A process that holds the sockets of a suspended instance which lead to outside: their peers see a slow server, not a dead one.
#pragma once
#include <cstdint>
#include <string>

#include "checkpoint/dump/descriptor.h"

class SocketHolder {
 public:
  // Made first of all, while paths mean what the caller means. It listens at `path`, whoever connects there is given all of them.
  explicit SocketHolder(const std::string &path);
  void give(uint32_t id, const Descriptor &socket);
  void keep(); // from now on it lives for itself; without this it ends with its maker, and nothing of it stays; nor does any that was given nothing

 private:
  void dismiss();
  Descriptor channel_;
  bool given_ = false;
};
