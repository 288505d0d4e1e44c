// What a server may do that has no CAP_SYS_ADMIN: it mounts through fusermount3, nothing passes through, it marks layers with
// user attributes (as kernel overlayfs with userxattr does), and can't give away what it owns.
#pragma once
#include "fuse/syscalls.h"

// Whether this process has CAP_SYS_ADMIN; asked once.
bool privileged();

// Lets the owner read, write and search for as long as this stands: a server without privileges has no other way into a file or
// directory of its own whose mode says otherwise (an object of git, a module cache of Go). Does nothing for others.
class OwnersRights {
 public:
  explicit OwnersRights(int fd);
  ~OwnersRights();
  OwnersRights(const OwnersRights&) = delete;
  OwnersRights& operator=(const OwnersRights&) = delete;

 private:
  int fd_;
  mode_t mode_ = 0;   // what to put back; 0 = nothing was changed
  bool changed_ = false;
};

// As open of what `object` stands for, through OwnersRights when it is needed. -1 and errno on failure.
int reopen(int object, int flags);
// As set_xattr of a mark. What can't carry one without privileges (a symbolic link, a fifo) goes without.
int set_mark(int fd, const char* attribute, const void* value, size_t size);
// As fchownat; without privileges the owner is written down beside it, and shown_owner() tells.
int give_to(int fd, uid_t uid, gid_t gid);
// Puts the owner into `st` of `dir`/`name` that was written down, if one was. "" names the descriptor itself.
void shown_owner(int dir, const char* name, Stat& st);
