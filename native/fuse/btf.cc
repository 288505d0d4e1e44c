#include "fuse/btf.h"

#include <linux/btf.h>

#include <fcntl.h>

#include "fuse/failure.h"
#include "fuse/fd.h"

namespace {

constexpr const char* place = "/sys/kernel/btf/vmlinux";

std::string read_all() {
  Fd file(check(open(place, O_RDONLY | O_CLOEXEC), "open", place));
  std::string data;
  for (;;) {
    size_t had = data.size();
    data.resize(had + (1 << 20));
    ssize_t got = check(read(file.get(), data.data() + had, data.size() - had), "read", place);
    data.resize(had + size_t(got));
    if (got == 0) return data;
  }
}

// What follows a type's head, in bytes.
size_t rest_of(const btf_type& type) {
  size_t count = BTF_INFO_VLEN(type.info);
  switch (BTF_INFO_KIND(type.info)) {
    case BTF_KIND_INT: return sizeof(uint32_t);
    case BTF_KIND_ARRAY: return sizeof(btf_array);
    case BTF_KIND_STRUCT: case BTF_KIND_UNION: return count * sizeof(btf_member);
    case BTF_KIND_ENUM: return count * sizeof(btf_enum);
    case BTF_KIND_FUNC_PROTO: return count * sizeof(btf_param);
    case BTF_KIND_VAR: return sizeof(btf_var);
    case BTF_KIND_DATASEC: return count * sizeof(btf_var_secinfo);
    case BTF_KIND_DECL_TAG: return sizeof(btf_decl_tag);
    case BTF_KIND_ENUM64: return count * sizeof(btf_enum64);
    case BTF_KIND_PTR: case BTF_KIND_FWD: case BTF_KIND_TYPEDEF: case BTF_KIND_VOLATILE: case BTF_KIND_CONST: case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC: case BTF_KIND_FLOAT: case BTF_KIND_TYPE_TAG: return 0;
    default: fail(EPROTO, "a kind of type that is not known in", place);
  }
}

template <typename T>
const T* items(const btf_type& type) {
  return reinterpret_cast<const T*>(&type + 1);
}

}  // namespace

KernelTypes::KernelTypes() : data_(read_all()) {
  auto& head = *reinterpret_cast<const btf_header*>(data_.data());
  if (data_.size() < sizeof head || head.magic != BTF_MAGIC || uint64_t(head.hdr_len) + head.str_off + head.str_len > data_.size() ||
      uint64_t(head.hdr_len) + head.type_off + head.type_len > data_.size())
    fail(EPROTO, "no types in", place);
  names_ = data_.data() + head.hdr_len + head.str_off;
  const char* at = data_.data() + head.hdr_len + head.type_off;
  const char* end = at + head.type_len;
  types_.push_back(nullptr);
  while (at + sizeof(btf_type) <= end) {
    auto* type = reinterpret_cast<const btf_type*>(at);
    types_.push_back(type);
    at += sizeof *type + rest_of(*type);
  }
  if (at != end) fail(EPROTO, "types end badly in", place);
}

std::string_view KernelTypes::name_of(uint32_t offset) const { return names_ + offset; }

uint32_t KernelTypes::find(uint32_t kind, const std::string& name) const {
  for (uint32_t id = 1; id < types_.size(); id++)
    if (BTF_INFO_KIND(types_[id]->info) == kind && name_of(types_[id]->name_off) == name) return id;
  fail(ENOENT, "the kernel has no type", name);
}

uint32_t KernelTypes::tracepoint(const std::string& name) const { return find(BTF_KIND_TYPEDEF, "btf_trace_" + name); }

// Members of nameless structures and unions count as the outer one's own.
uint32_t KernelTypes::bits_to(const btf_type& structure, const std::string& name) const {
  const btf_member* members = items<btf_member>(structure);
  for (uint32_t i = 0; i < BTF_INFO_VLEN(structure.info); i++) {
    uint32_t at = BTF_INFO_KFLAG(structure.info) ? BTF_MEMBER_BIT_OFFSET(members[i].offset) : members[i].offset;
    if (name_of(members[i].name_off) == name) return at;
    if (!name_of(members[i].name_off).empty() || members[i].type >= types_.size()) continue;
    const btf_type& inner = *types_[members[i].type];
    uint32_t kind = BTF_INFO_KIND(inner.info);
    if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION) continue;
    if (uint32_t further = bits_to(inner, name); further != unknown) return at + further;
  }
  return unknown;
}

uint32_t KernelTypes::member(const std::string& structure, const std::string& name) const {
  uint32_t bits = bits_to(*types_[find(BTF_KIND_STRUCT, structure)], name);
  if (bits == unknown) fail(ENOENT, "the kernel has no member", structure + "." + name);
  return bits / 8;
}

uint32_t KernelTypes::member_if_any(const std::string& structure, std::initializer_list<const char*> names) const {
  const btf_type& type = *types_[find(BTF_KIND_STRUCT, structure)];
  for (const char* name : names)
    if (uint32_t bits = bits_to(type, name); bits != unknown) return bits / 8;
  return 0;
}

uint32_t KernelTypes::enumerator(const std::string& name) const {
  for (uint32_t id = 1; id < types_.size(); id++) {
    if (BTF_INFO_KIND(types_[id]->info) != BTF_KIND_ENUM) continue;
    const btf_enum* values = items<btf_enum>(*types_[id]);
    for (uint32_t i = 0; i < BTF_INFO_VLEN(types_[id]->info); i++)
      if (name_of(values[i].name_off) == name) return uint32_t(values[i].val);
  }
  fail(ENOENT, "the kernel has no enumerator", name);
}
