#include "fuse/variables.h"

std::string Variables::resolve(std::string_view target) const {
  std::string out;
  for (size_t at = 0; at < target.size();) {
    size_t close = target[at] == '<' ? target.find('>', at) : target.npos;
    const std::string* value = nullptr;
    if (close != target.npos) {
      std::string_view name = target.substr(at + 1, close - at - 1);
      for (auto& [key, text] : values_)
        if (key == name) value = &text;
    }
    if (value) {
      out += *value;
      at = close + 1;
    } else {
      out.push_back(target[at++]);
    }
  }
  return out;
}
