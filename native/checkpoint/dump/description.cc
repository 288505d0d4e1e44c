#include "checkpoint/dump/description.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/failure.h"

bool Description::anonymous(const char *kind) const {
  static const std::string prefix = "anon_inode:";
  if (!link.starts_with(prefix)) return false;
  std::string rest = link.substr(prefix.size());
  return rest == kind || rest == "[" + std::string(kind) + "]";
}

std::string Description::proc_path() const { return text("%d/fd/%d", holders[0].process->pid, holders[0].fd); }

Descriptor Description::borrow() const {
  Descriptor out(static_cast<int>(syscall(SYS_pidfd_getfd, holders[0].process->pidfd.get(), holders[0].fd, 0)));
  if (!out) fail_call("look into %s", words().c_str());
  return out;
}

bool Description::on_its_way() const { return holders[0].process->virtual_pid == 0; }

std::string Description::words() const {
  if (on_its_way()) return text("%s, on its way through a unix socket,", link.c_str());
  return text("descriptor %d of process %d", holders[0].fd, holders[0].process->virtual_pid);
}

uint32_t Collector::description_of(int own_fd) const {
  for (const Description &description : all)
    for (const Holder &holder : description.holders)
      if (holder.process == &self && holder.fd == own_fd) return description.id;
  refuse(EBUSY, "a descriptor that was not seen before is on its way through a unix socket");
}

const Description *Collector::by_inode(ino_t ino, mode_t type, const Description *other_than) const {
  for (const Description &description : all)
    if (&description != other_than && description.status.st_ino == ino && description.is(type)) return &description;
  return nullptr;
}

image_owner owner_of(const Collector &collector, const Description &description) {
  image_owner out{};
  Descriptor fd = description.borrow();
  struct f_owner_ex owner{};
  int number = fcntl(fd.get(), F_GETSIG);
  if (number > 0) out.signum = number;
  out.async = description.flags & O_ASYNC ? 1 : 0;
  if (fcntl(fd.get(), F_GETOWN_EX, &owner) != 0 || owner.pid == 0) return out;
  out.type = owner.type;
  out.pid = owner.type == F_OWNER_PGRP ? collector.instance.virtual_group_of(owner.pid) : collector.instance.virtual_of(owner.pid);
  return out;
}

void refuse_description(const Description &description, const char *what) {
  refuse(EOPNOTSUPP, "%s is %s, which can't be part of a template", description.words().c_str(), what);
}
