// bpf(2) without a library: maps, and programs attached to tracepoints by their BTF. All throw Failure.
#pragma once
#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "fuse/fd.h"

namespace bpf {

struct MapShape {
  uint32_t type, key_size, value_size, entries, flags;
};
Fd make_map(const MapShape& shape);
void put(int map, const void* key, const void* value);

// Attached for as long as both descriptors are open.
struct Attached {
  Fd program, link;
};
Attached attach(const std::vector<bpf_insn>& code, uint32_t tracepoint, const std::string& name);
// How often the program was not run because this very program was running on that processor already.
uint64_t misses(const Attached& attached);

// Puts a program together. Labels may be used before they are placed.
class Code {
 public:
  using Label = size_t;
  Label label();
  void place(Label label);

  void move(int to, int from) { alu(BPF_MOV, to, from); }
  void move_number(int to, int32_t value) { alu_number(BPF_MOV, to, value); }
  void alu(int operation, int to, int from) { add(uint8_t(BPF_ALU64 | operation | BPF_X), to, from, 0, 0); }
  void alu_number(int operation, int to, int32_t value) { add(uint8_t(BPF_ALU64 | operation | BPF_K), to, 0, 0, value); }
  void load(int size, int to, int from, int at) { add(uint8_t(BPF_LDX | size | BPF_MEM), to, from, int16_t(at), 0); }
  void store(int size, int to, int at, int from) { add(uint8_t(BPF_STX | size | BPF_MEM), to, from, int16_t(at), 0); }
  void store_number(int size, int to, int at, int32_t value) { add(uint8_t(BPF_ST | size | BPF_MEM), to, 0, int16_t(at), value); }
  void atomic_or(int to, int at, int from) { add(BPF_STX | BPF_DW | BPF_ATOMIC, to, from, int16_t(at), BPF_OR); }
  void jump(Label to);
  void jump_if(int condition, int left, int right, Label to);
  void jump_if_number(int condition, int left, int32_t right, Label to);
  // Register 0 = the place of the value in the map whose key lies at stack offset `key`, or 0. Clobbers 1 to 5.
  void look_up(int map, int key);
  void leave();
  const std::vector<bpf_insn>& finish();

 private:
  void add(uint8_t code, int to, int from, int16_t offset, int32_t number);

  std::vector<bpf_insn> code_;
  std::vector<size_t> places_;
  std::vector<std::pair<size_t, Label>> jumps_;
};

}  // namespace bpf
