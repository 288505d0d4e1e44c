// Taking names out of a view. The view's tree lock is held exclusively throughout.
#pragma once
#include <string>

#include "fuse/view.h"

// Keeps hold of a node's object before its last name goes: whoever has it open goes on with it.
void keep_object(View& view, Node& node);
// The node has lost this name.
void lose_name(View& view, Node& node, Node& dir, const std::string& name);

// A link of a lower file is gone from the view. The file below doesn't know, so the node of one with further links stays to
// remember.
inline void count_link_lost(Node& node) {
  node.extra_links--;
  if (node.hard_ino) node.lasting = true;
  node.note();
}

// Throws Failure ENOTEMPTY unless the view shows the directory as empty.
void need_empty(View& view, Node& dir);
// Removes what only marks absence, so that the file system below finds the directory empty too.
void clear_whiteouts(View& view, Node& dir);

// A name of the upper that layers below have too goes and a whiteout comes, or neither: the whiteout is made first, beside it, where it
// hides nothing and nobody sees it, so that a full disk fails before anything is lost. To be called before clear_whiteouts, then
// take_out; both throw Failure.
void reserve_whiteout(int above);
void drop_reserve(int above);
// `upper`: the name is there; `below`: a whiteout has to take its place.
void take_out(int above, const std::string& name, bool directory, bool upper, bool below);
