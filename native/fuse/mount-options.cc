#include "fuse/mount-options.h"

#include "fuse/failure.h"

namespace {

std::pair<std::string, std::string> cut(const std::string& field, const char* key) {
  size_t equals = field.find('=');
  if (equals == field.npos || equals == 0) fail(EINVAL, "no value in field", std::string(key) + "=" + field);
  return {field.substr(0, equals), field.substr(equals + 1)};
}

std::vector<PathValue> path_values(const Fields& fields, const char* key) {
  std::vector<PathValue> out;
  for (const std::string& field : fields.all(key)) {
    auto [path, value] = cut(field, key);
    if (path[0] != '/') fail(EINVAL, "not an absolute path:", path);
    out.push_back({path, value});
  }
  return out;
}

}  // namespace

MountOptions parse_mount_options(const Fields& fields) {
  MountOptions o;
  o.aid = fields.one("aid");
  o.at = fields.one("at");
  o.upper = fields.maybe("upper");
  o.layers = fields.all("layer");
  o.masks = fields.all("mask");
  o.injected = path_values(fields, "inject");
  o.shared = path_values(fields, "shared");
  o.links = path_values(fields, "link");
  o.live = fields.maybe("live") == "1";
  for (const std::string& field : fields.all("var")) o.variables.push_back(cut(field, "var"));
  for (const std::string& field : fields.all("alias")) {
    auto [parent, rest] = cut(field, "alias");
    auto [literal, shown] = cut(rest, "alias");
    o.aliases.push_back({parent, literal, shown});
  }
  if (o.layers.empty() && o.upper.empty()) fail(EINVAL, "mount without a layer:", o.aid);
  return o;
}
