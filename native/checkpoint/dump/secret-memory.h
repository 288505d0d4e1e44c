// memfd_secret: memory that not even the kernel may read.
#pragma once
#include <cerrno>
#include <string>

#include "checkpoint/dump/failure.h"

// What its descriptors and mappings are called; an ordinary file can be called so too.
inline bool may_be_secret(const std::string &name) { return name == "/secretmem"; }

[[noreturn]] inline void refuse_secret_memory() {
  refuse(EOPNOTSUPP, "memory that not even the kernel may read (memfd_secret) is in use, which can't be part of a template");
}
