#include "checkpoint/dump/filter-program.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstring>

struct Machine {
  uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = {};
};

static uint32_t word_at(const seccomp_data &data, uint32_t offset) {
  uint32_t out = 0;
  if (offset <= sizeof data - sizeof out) memcpy(&out, reinterpret_cast<const char *>(&data) + offset, sizeof out);
  return out;
}

static uint32_t value_of(const Machine &machine, const seccomp_data &data, const sock_filter &step) {
  switch (BPF_MODE(step.code)) {
    case BPF_ABS: return word_at(data, step.k);
    case BPF_LEN: return sizeof data;
    case BPF_MEM: return machine.memory[step.k % BPF_MEMWORDS];
    default: return step.k; // BPF_IMM
  }
}

static uint32_t calculate(uint16_t operation, uint32_t a, uint32_t b) {
  switch (operation) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return b ? a / b : 0;
    case BPF_MOD: return b ? a % b : 0;
    case BPF_OR: return a | b;
    case BPF_AND: return a & b;
    case BPF_XOR: return a ^ b;
    case BPF_LSH: return b < 32 ? a << b : 0;
    case BPF_RSH: return b < 32 ? a >> b : 0;
    default: return 0 - a; // BPF_NEG
  }
}

static bool holds(uint16_t comparison, uint32_t a, uint32_t b) {
  switch (comparison) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return (a & b) != 0; // BPF_JSET
  }
}

uint32_t run_filter(const std::vector<sock_filter> &code, long call) {
  seccomp_data data{};
  data.nr = static_cast<int>(call);
  data.arch = AUDIT_ARCH_X86_64;
  Machine machine;
  for (size_t at = 0; at < code.size(); at++) { // jumps lead forward only
    const sock_filter &step = code[at];
    uint32_t operand = BPF_SRC(step.code) == BPF_X ? machine.x : step.k;
    switch (BPF_CLASS(step.code)) {
      case BPF_LD: machine.a = value_of(machine, data, step); break;
      case BPF_LDX: machine.x = value_of(machine, data, step); break;
      case BPF_ST: machine.memory[step.k % BPF_MEMWORDS] = machine.a; break;
      case BPF_STX: machine.memory[step.k % BPF_MEMWORDS] = machine.x; break;
      case BPF_ALU: machine.a = calculate(BPF_OP(step.code), machine.a, operand); break;
      case BPF_JMP:
        at += BPF_OP(step.code) == BPF_JA ? step.k : holds(BPF_OP(step.code), machine.a, operand) ? step.jt : step.jf;
        break;
      case BPF_MISC:
        if (BPF_MISCOP(step.code) == BPF_TAX) machine.x = machine.a;
        else machine.a = machine.x;
        break;
      default: return BPF_RVAL(step.code) == BPF_A ? machine.a : step.k; // BPF_RET
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}
