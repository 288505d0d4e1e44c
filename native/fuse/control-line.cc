#include "fuse/control-line.h"

#include "fuse/failure.h"

namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string unescape(std::string_view field) {
  std::string out;
  out.reserve(field.size());
  for (size_t i = 0; i < field.size(); i++) {
    if (field[i] == '%' && i + 2 < field.size() && hex(field[i + 1]) >= 0 && hex(field[i + 2]) >= 0) {
      out.push_back(char(hex(field[i + 1]) * 16 + hex(field[i + 2])));
      i += 2;
    } else {
      out.push_back(field[i]);
    }
  }
  return out;
}

void escape(const std::string& field, std::string& out) {
  static const char digits[] = "0123456789ABCDEF";
  for (char c : field) {
    if (c == '%' || c == '\t' || c == '\n' || c == '\0') {
      out += {'%', digits[(c >> 4) & 15], digits[c & 15]};
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

std::vector<std::string> split_line(std::string_view line) {
  std::vector<std::string> fields;
  for (size_t at = 0;;) {
    size_t tab = line.find('\t', at);
    fields.push_back(unescape(line.substr(at, tab == line.npos ? tab : tab - at)));
    if (tab == line.npos) return fields;
    at = tab + 1;
  }
}

std::string join_line(const std::vector<std::string>& fields) {
  std::string out;
  for (size_t i = 0; i < fields.size(); i++) {
    if (i) out.push_back('\t');
    escape(fields[i], out);
  }
  out.push_back('\n');
  return out;
}

std::vector<std::string> Fields::all(std::string_view key) const {
  std::vector<std::string> values;
  for (const std::string& field : fields_)
    if (field.size() > key.size() && field[key.size()] == '=' && field.starts_with(key)) values.push_back(field.substr(key.size() + 1));
  return values;
}

std::string Fields::maybe(std::string_view key) const {
  std::vector<std::string> values = all(key);
  return values.empty() ? "" : values.front();
}

std::string Fields::one(std::string_view key) const {
  std::vector<std::string> values = all(key);
  if (values.empty()) fail(EINVAL, "field missing:", std::string(key));
  return values.front();
}
