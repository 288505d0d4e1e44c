#include "checkpoint/dump/way-home.h"

#include <cpuid.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "checkpoint/dump/inject.h"

// struct rt_sigframe of the kernel (arch/x86/include/asm/sigframe.h), 64 bits.
struct SignalFrame {
  uint64_t restorer;
  uint64_t uc_flags, uc_link;
  uint64_t stack_sp;
  int32_t stack_flags, stack_pad;
  uint64_t stack_size;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
  uint16_t cs, gs, fs, ss;
  uint64_t error, trap, old_mask, cr2, fpu, reserved[8];
  uint64_t signal_mask;
};
static_assert(sizeof(SignalFrame) == 8 + 304);
static_assert(home_frame_at + sizeof(SignalFrame) + 128 <= exit_frame_at && exit_frame_at + sizeof(SignalFrame) + 128 <= fpu_at);

struct FpuNote { // struct _fpx_sw_bytes, at offset 464 of the saved state
  uint32_t magic, extended_size;
  uint64_t features;
  uint32_t size, pad[7];
};
static constexpr uint32_t fpu_magic = 0x46505853, fpu_end_magic = 0x46505845;

static SignalFrame frame_to(const Process &process, const user_regs_struct &regs, uint64_t signal_mask) {
  SignalFrame out{};
  out.restorer = process.sigreturn_at;
  out.uc_flags = 1 | 2 | 4; // UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS
  out.stack_flags = 0x7f;   // no such mode: rt_sigreturn leaves the alternate stack as it is
  out.r8 = regs.r8; out.r9 = regs.r9; out.r10 = regs.r10; out.r11 = regs.r11;
  out.r12 = regs.r12; out.r13 = regs.r13; out.r14 = regs.r14; out.r15 = regs.r15;
  out.rdi = regs.rdi; out.rsi = regs.rsi; out.rbp = regs.rbp; out.rbx = regs.rbx;
  out.rdx = regs.rdx; out.rax = regs.rax; out.rcx = regs.rcx; out.rsp = regs.rsp;
  out.rip = regs.rip; out.eflags = regs.eflags;
  out.cs = static_cast<uint16_t>(regs.cs);
  out.ss = static_cast<uint16_t>(regs.ss);
  out.signal_mask = signal_mask;
  return out;
}

// The state up to the end of the last component in use: what lies behind is in its initial state and need not be there.
static size_t used_size(const std::string &xsave) {
  uint64_t in_use = 0;
  memcpy(&in_use, xsave.data() + 512, sizeof in_use);
  size_t out = 576;
  for (uint32_t i = 2; i < 63; i++) {
    uint32_t size = 0, offset = 0, c, d;
    if (in_use >> i & 1 && __get_cpuid_count(0xd, i, &size, &offset, &c, &d)) out = std::max<size_t>(out, offset + size);
  }
  return std::min(out, xsave.size());
}

std::string build_frames(const Process &process, const user_regs_struct &home, uint64_t signal_mask, const std::string &xsave) {
  std::string out(fpu_at, '\0');
  SignalFrame frame = frame_to(process, home, signal_mask);
  size_t size = xsave.size() >= 576 ? used_size(xsave) : 0;
  if (size && fpu_at + size + sizeof fpu_end_magic <= scratch_area) {
    frame.fpu = process.scratch + fpu_at;
    std::string state = xsave.substr(0, size);
    FpuNote note{fpu_magic, static_cast<uint32_t>(size + sizeof fpu_end_magic), 0, static_cast<uint32_t>(size), {}};
    memcpy(&note.features, xsave.data() + 464, sizeof note.features); // the enabled components: ptrace puts them there
    memcpy(state.data() + 464, &note, sizeof note);
    out += state;
    out.append(reinterpret_cast<const char *>(&fpu_end_magic), sizeof fpu_end_magic);
  }
  memcpy(out.data() + home_frame_at, &frame, sizeof frame);
  user_regs_struct end = home;
  end.rip = process.syscall_at;
  end.rax = SYS_exit;
  end.rdi = helper_exit_code;
  frame = frame_to(process, end, ~0ull);
  memcpy(out.data() + exit_frame_at, &frame, sizeof frame);
  return out;
}

struct Code {
  uint64_t call = 0, sigreturn = 0; // offsets in the mapping; 0 = not there
};

static Code search(const Process &process, const Mapping &mapping) {
  static const unsigned char call[] = {0x0f, 0x05, 0xc3}, short_form[] = {0xb8, 15, 0, 0, 0, 0x0f, 0x05}, long_form[] = {0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05};
  std::string code(std::min<uint64_t>(mapping.size(), 8 << 20), '\0');
  Code out;
  if (!read_memory(process.pid, mapping.start, code.data(), code.size())) return out;
  auto find = [&](const unsigned char *pattern, size_t size) -> uint64_t {
    void *at = memmem(code.data(), code.size(), pattern, size);
    return at ? static_cast<uint64_t>(static_cast<char *>(at) - code.data()) : 0;
  };
  out.call = find(call, sizeof call);
  out.sigreturn = find(long_form, sizeof long_form);
  if (!out.sigreturn) out.sigreturn = find(short_form, sizeof short_form);
  return out;
}

static bool is_code(const Mapping &mapping) { return mapping.ino != 0 && !mapping.shared && (mapping.prot & PROT_EXEC); }

// The dynamic linker has both and is small; a static program has them itself.
bool find_way_home(Process &process) {
  static std::map<std::tuple<dev_t, ino_t, uint64_t>, Code> known; // the same files in every process
  for (bool linker : {true, false})
    for (const Mapping &mapping : process.mappings) {
      if (!is_code(mapping) || linker != (mapping.path.find("/ld-") != std::string::npos)) continue;
      auto [entry, fresh] = known.try_emplace({mapping.dev, mapping.ino, mapping.offset});
      if (fresh) entry->second = search(process, mapping);
      if (!entry->second.call || !entry->second.sigreturn) continue;
      process.syscall_at = mapping.start + entry->second.call;
      process.sigreturn_at = mapping.start + entry->second.sigreturn;
      return true;
    }
  return false;
}
