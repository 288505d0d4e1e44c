#include "fuse/bpf.h"

#include <sys/syscall.h>

#include <cstring>

#include "fuse/failure.h"

namespace bpf {
namespace {

constexpr char license[] = "Dual MIT/GPL";

long call(int command, bpf_attr& attr) { return syscall(SYS_bpf, command, &attr, sizeof attr); }

}  // namespace

Fd make_map(const MapShape& shape) {
  bpf_attr attr{};
  attr.map_type = shape.type;
  attr.key_size = shape.key_size;
  attr.value_size = shape.value_size;
  attr.max_entries = shape.entries;
  attr.map_flags = shape.flags;
  return Fd(int(check(call(BPF_MAP_CREATE, attr), "bpf", "BPF_MAP_CREATE")));
}

void put(int map, const void* key, const void* value) {
  bpf_attr attr{};
  attr.map_fd = uint32_t(map);
  attr.key = uint64_t(uintptr_t(key));
  attr.value = uint64_t(uintptr_t(value));
  check(call(BPF_MAP_UPDATE_ELEM, attr), "bpf", "BPF_MAP_UPDATE_ELEM");
}

Attached attach(const std::vector<bpf_insn>& code, uint32_t tracepoint, const std::string& name) {
  Attached attached;
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_TRACING;
  load.expected_attach_type = BPF_TRACE_RAW_TP;
  load.attach_btf_id = tracepoint;
  load.insns = uint64_t(uintptr_t(code.data()));
  load.insn_cnt = uint32_t(code.size());
  load.license = uint64_t(uintptr_t(license));
  attached.program = Fd(int(check(call(BPF_PROG_LOAD, load), "bpf BPF_PROG_LOAD for", name)));
  bpf_attr open{};
  open.raw_tracepoint.prog_fd = uint32_t(attached.program.get());
  attached.link = Fd(int(check(call(BPF_RAW_TRACEPOINT_OPEN, open), "bpf BPF_RAW_TRACEPOINT_OPEN of", name)));
  return attached;
}

uint64_t misses(const Attached& attached) {
  bpf_prog_info info{};
  bpf_attr attr{};
  attr.info.bpf_fd = uint32_t(attached.program.get());
  attr.info.info_len = sizeof info;
  attr.info.info = uint64_t(uintptr_t(&info));
  check(call(BPF_OBJ_GET_INFO_BY_FD, attr), "bpf", "BPF_OBJ_GET_INFO_BY_FD");
  if (attr.info.info_len < offsetof(bpf_prog_info, recursion_misses) + sizeof info.recursion_misses)
    fail(EOPNOTSUPP, "bpf", "BPF_OBJ_GET_INFO_BY_FD tells no recursion_misses");
  return info.recursion_misses;
}

Code::Label Code::label() {
  places_.push_back(0);
  return places_.size() - 1;
}

void Code::place(Label label) { places_[label] = code_.size(); }

void Code::add(uint8_t code, int to, int from, int16_t offset, int32_t number) {
  bpf_insn insn{};
  insn.code = code;
  insn.dst_reg = uint8_t(to) & 15;
  insn.src_reg = uint8_t(from) & 15;
  insn.off = offset;
  insn.imm = number;
  code_.push_back(insn);
}

void Code::jump(Label to) {
  jumps_.emplace_back(code_.size(), to);
  add(BPF_JMP | BPF_JA, 0, 0, 0, 0);
}

void Code::jump_if(int condition, int left, int right, Label to) {
  jumps_.emplace_back(code_.size(), to);
  add(uint8_t(BPF_JMP | condition | BPF_X), left, right, 0, 0);
}

void Code::jump_if_number(int condition, int left, int32_t right, Label to) {
  jumps_.emplace_back(code_.size(), to);
  add(uint8_t(BPF_JMP | condition | BPF_K), left, 0, 0, right);
}

void Code::look_up(int map, int key) {
  add(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
  add(0, 0, 0, 0, 0);   // the upper half of the number
  move(BPF_REG_2, BPF_REG_10);
  alu_number(BPF_ADD, BPF_REG_2, key);
  add(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
}

void Code::leave() {
  move_number(BPF_REG_0, 0);
  add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

const std::vector<bpf_insn>& Code::finish() {
  for (auto& [at, label] : jumps_) code_[at].off = int16_t(places_[label] - at - 1);
  jumps_.clear();
  return code_;
}

}  // namespace bpf
