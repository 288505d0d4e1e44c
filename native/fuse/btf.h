// What the running kernel says of its own types (BTF, /sys/kernel/btf/vmlinux): where members lie, and the numbers that
// programs attached to its tracepoints need. Every number is looked up by its name, so that a kernel that has changed is
// noticed and not misread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct btf_type;

class KernelTypes {
 public:
  KernelTypes();   // throws Failure where there is no BTF

  // All throw Failure ENOENT when the kernel has nothing of that name.
  uint32_t tracepoint(const std::string& name) const;
  uint32_t member(const std::string& structure, const std::string& name) const;   // bytes from its start
  uint32_t enumerator(const std::string& name) const;
  // The first of the names that there is; 0 when there is none (no member looked for here is the first).
  uint32_t member_if_any(const std::string& structure, std::initializer_list<const char*> names) const;

 private:
  static constexpr uint32_t unknown = ~0u;
  std::string_view name_of(uint32_t offset) const;
  uint32_t find(uint32_t kind, const std::string& name) const;
  uint32_t bits_to(const btf_type& structure, const std::string& name) const;

  std::string data_;
  const char* names_ = nullptr;
  std::vector<const btf_type*> types_;   // by their number; 0 is void
};
