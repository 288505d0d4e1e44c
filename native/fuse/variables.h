// Link variables: `<NAME>` in a stored link target reads as the view's value of NAME.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

class Variables {
 public:
  explicit Variables(std::vector<std::pair<std::string, std::string>> values) : values_(std::move(values)) {}
  bool empty() const { return values_.empty(); }
  // A name without a value stays as it is written.
  std::string resolve(std::string_view target) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};
