#include "fuse/registry.h"

#include <map>
#include <mutex>

#include "fuse/failure.h"

namespace registry {
namespace {

std::mutex lock;
std::map<std::string, std::shared_ptr<View>> aids;
std::unordered_map<uint64_t, std::shared_ptr<View>> serials;

}  // namespace

void add(std::shared_ptr<View> view) {
  std::lock_guard held(lock);
  if (!aids.emplace(view->aid, view).second) fail(EEXIST, "view already mounted:", view->aid);
  serials[view->serial] = view;
}

std::shared_ptr<View> by_aid(const std::string& aid) {
  std::lock_guard held(lock);
  auto found = aids.find(aid);
  if (found == aids.end()) fail(ENOENT, "no view of", aid);
  return found->second;
}

std::shared_ptr<View> find(const std::string& aid) {
  std::lock_guard held(lock);
  auto found = aids.find(aid);
  return found == aids.end() ? nullptr : found->second;
}

std::shared_ptr<View> by_serial(uint64_t serial) {
  std::lock_guard held(lock);
  auto found = serials.find(serial);
  return found == serials.end() ? nullptr : found->second;
}

std::shared_ptr<View> take(const std::string& aid) {
  std::lock_guard held(lock);
  auto found = aids.find(aid);
  if (found == aids.end()) fail(ENOENT, "no view of", aid);
  std::shared_ptr<View> view = found->second;
  serials.erase(view->serial);
  aids.erase(found);
  return view;
}

std::vector<std::shared_ptr<View>> all() {
  std::lock_guard held(lock);
  std::vector<std::shared_ptr<View>> views;
  for (auto& [aid, view] : aids) views.push_back(view);
  return views;
}

}  // namespace registry
