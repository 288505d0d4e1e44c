// Putting names into the upper. The view's tree lock is held exclusively throughout.
#pragma once
#include <memory>
#include <string>

#include "fuse/request.h"
#include "fuse/view.h"

// Where a new name goes: its directory brought up, and a whiteout of that name out of the way.
struct Place {
  Node& dir;
  std::string name;  // as stored
  Fd above;          // the directory in the upper
  bool covered = false;  // a whiteout was there: what the layers below have of that name must not come back
  std::unique_ptr<Standing<OpIntent>> standing = nullptr;
};

// Throws Failure EEXIST when the view has the name already.
Place make_place(View& view, Request& request, Node& dir, const char* shown, OpIntent::Kind kind = OpIntent::create, Node* linked = nullptr);
// Puts the whiteout back after a creation that failed.
void give_up(Place& place);

// Owner as the directory's set-group-id bit has it, and the mode that changing it may have cut.
void give_owner(const Place& place, int fd, const fuse_in_header& head, mode_t mode);

// The node of what has just been made at `place`; `made`: a descriptor of it, if there is one.
HeldNode node_of_new(View& view, Place& place, Stat& st, int made = -1);

// The process mask of the asker, for as long as this lives: the file system below then applies it, or a default
// access control list instead, as it would for the asker itself. Worker threads have a mask of their own.
class AskersMask {
 public:
  explicit AskersMask(uint32_t mask);
  ~AskersMask();
};
