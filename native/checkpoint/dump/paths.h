// How the image words a path: as the instance sees it, in its pre-customised form.
#pragma once
#include <string>

#include "checkpoint/dump/options.h"

class Paths {
 public:
  explicit Paths(const Options &options);
  // What the host's root is called from within the instance: "/", or where it lies when this program was started below another (chroot).
  void host_root_is(const std::string &path);
  // A file that is mapped straight from a layer shows its host path: the path in the view. One of the view is worded as it is, also where a
  // layer has a directory of such a name.
  std::string in_view(const std::string &path, const struct stat &status) const;
  // FIG. 8: references to resources that can't be shared are saved in their pre-customised form.
  std::string stored(const std::string &path) const;

 private:
  const Options &options_;
  std::string host_root_; // "" for "/"
};
