// The marks of kernel overlayfs that layers carry, so that the kernel can mount them too (without privileges: with userxattr).
#pragma once
#include <string>

#include "fuse/privilege.h"

namespace overlay {

inline const bool trusted = privileged();
// "y": nothing below this directory shows
inline const char* const opaque = trusted ? "trusted.overlay.opaque" : "user.overlay.opaque";
// Where a renamed directory lies in the layers below.
inline const char* const redirect = trusted ? "trusted.overlay.redirect" : "user.overlay.redirect";
// "y": entries here carry marks of their own
inline const char* const impure = trusted ? "trusted.overlay.impure" : "user.overlay.impure";
// Ours, with the prefix that overlayfs hides: the inode number an entry was first shown with (8 bytes), and its owner where that
// couldn't be given to it (user and group, 4 bytes each).
inline const char* const ino = trusted ? "trusted.overlay.appshot.ino" : "user.overlay.appshot.ino";
inline const char* const owner = "user.overlay.appshot.owner";
// Of the root alone, and on no disk: see ops-xattr.cc.
inline const char* const path_of = "user.overlay.appshot.path.";
inline const char* const prefix = trusted ? "trusted.overlay." : "user.overlay.";

bool has_mark(int dir, const char* name, const char* attribute);
// Where a directory's lower part lies: "/a/b", or another name beside its own; "" where it is under its own.
std::string redirect_of(int dir, const char* name);

}  // namespace overlay
