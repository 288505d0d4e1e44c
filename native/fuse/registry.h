// The views that are mounted, by AID and by serial.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "fuse/view.h"

namespace registry {

// Throws Failure EEXIST when the AID has a view already.
void add(std::shared_ptr<View> view);
std::shared_ptr<View> by_aid(const std::string& aid);  // throws Failure ENOENT
std::shared_ptr<View> find(const std::string& aid);    // nullptr when there is none
std::shared_ptr<View> by_serial(uint64_t serial);      // nullptr when it is gone
std::shared_ptr<View> take(const std::string& aid);    // throws Failure ENOENT
std::vector<std::shared_ptr<View>> all();

}  // namespace registry
