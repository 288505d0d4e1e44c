// One line of the control protocol: fields separated by TAB, with %, TAB, LF and NUL escaped.
#pragma once
#include <string>
#include <string_view>
#include <vector>

std::vector<std::string> split_line(std::string_view line);
std::string join_line(const std::vector<std::string>& fields);

// The fields KEY=VALUE of a request.
class Fields {
 public:
  explicit Fields(std::vector<std::string> fields) : fields_(std::move(fields)) {}
  std::vector<std::string> all(std::string_view key) const;
  std::string one(std::string_view key) const;  // throws Failure EINVAL when it is missing
  const std::vector<std::string>& list() const { return fields_; }
  std::string maybe(std::string_view key) const; // "" when it is missing

 private:
  std::vector<std::string> fields_;
};
