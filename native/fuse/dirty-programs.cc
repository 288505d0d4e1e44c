// Registers kept over calls: 6 the page's index, 7 what the event is about, 8 and 9 the file's place in the map of bits.
//
// One event is about a whole folio, whose head alone it names. The kernel counts a folio's pages in a member that is found by its
// name; where there is none of that name, or it says something unlikely, the aligned 2 MiB around the head are taken: no folio of
// the page cache is larger on this architecture, and each is aligned to its size.
#include "fuse/dirty-programs.h"

#include <cstddef>

#include "fuse/btf.h"
#include "fuse/failure.h"

namespace dirty {
namespace {

constexpr int R0 = BPF_REG_0, R1 = BPF_REG_1, R2 = BPF_REG_2, R3 = BPF_REG_3, R4 = BPF_REG_4, R6 = BPF_REG_6, R7 = BPF_REG_7, R8 = BPF_REG_8, R9 = BPF_REG_9;
constexpr int stack = BPF_REG_10, key_at = -16, number_at = -24, last_at = -32, wide_at = -40;
constexpr int page_shift = 12, word_shift = 6, element_shift = 15;
constexpr int32_t last_word = 511, words_of_2m = 8;

struct Layout {
  uint32_t dirtied, direct;   // the tracepoints
  int mapping_host, inode_ino, inode_sb, sb_dev, folio_index, folio_flags, folio_pages, kiocb_file, kiocb_pos, file_inode;
  int head_flag;
};

Layout read_layout() {
  KernelTypes types;
  auto offset = [&](const char* structure, const char* name) { return int(types.member(structure, name)); };
  Layout layout{
      .dirtied = types.tracepoint("writeback_dirty_folio"), .direct = types.tracepoint("iomap_dio_complete"),
      .mapping_host = offset("address_space", "host"), .inode_ino = offset("inode", "i_ino"),
      .inode_sb = offset("inode", "i_sb"), .sb_dev = offset("super_block", "s_dev"),
      .folio_index = offset("folio", "index"), .folio_flags = offset("folio", "flags"),
      .folio_pages = int(types.member_if_any("folio", {"_nr_pages", "_folio_nr_pages"})),
      .kiocb_file = offset("kiocb", "ki_filp"), .kiocb_pos = offset("kiocb", "ki_pos"),
      .file_inode = offset("file", "f_inode"), .head_flag = int(types.enumerator("PG_head"))};
  if (layout.head_flag > 30) fail(EPROTO, "PG_head is bit", std::to_string(layout.head_flag));
  return layout;
}

class Program : public bpf::Code {
 public:
  Program(const Layout& layout, int watched, int bits) : at_(layout), watched_(watched), bits_(bits), out_(label()), beyond_(label()) {}

  const std::vector<bpf_insn>& dirtied() {
    load(BPF_DW, R7, R1, 0);
    load(BPF_DW, R1, R1, 8);
    jump_if_number(BPF_JEQ, R1, 0, out_);   // never so, but kernels want it asked
    load(BPF_DW, R1, R1, at_.mapping_host);
    find_file();
    load(BPF_DW, R6, R7, at_.folio_index);
    find_element();
    Label mask = label(), word = label(), large = label(), all = label();
    load(BPF_DW, R1, R7, at_.folio_flags);
    alu_number(BPF_RSH, R1, at_.head_flag);
    alu_number(BPF_AND, R1, 1);
    jump_if_number(BPF_JNE, R1, 0, large);
    move_number(R1, 1);
    move(R2, R6);
    place(mask);   // 1: as many bits as it has pages; 2: its index, of which the place in the word is taken
    alu_number(BPF_AND, R2, 63);
    alu(BPF_LSH, R1, R2);
    place(word);
    to_word(last_word);
    atomic_or(R0, 0, R1);
    leave();
    place(large);
    if (at_.folio_pages) {
      load(BPF_W, R3, R7, at_.folio_pages);
      jump_if_number(BPF_JGT, R3, 64, all);
      jump_if_number(BPF_JLT, R3, 2, all);
      move(R4, R3);
      alu_number(BPF_SUB, R4, 1);
      move(R1, R3);
      alu(BPF_AND, R1, R4);
      jump_if_number(BPF_JNE, R1, 0, all);   // no power of two
      move_number(R1, -1);
      jump_if_number(BPF_JEQ, R3, 64, word);
      move_number(R1, 1);
      alu(BPF_LSH, R1, R3);
      alu_number(BPF_SUB, R1, 1);
      alu_number(BPF_XOR, R4, -1);
      move(R2, R6);
      alu(BPF_AND, R2, R4);
      jump(mask);
    }
    place(all);
    set_2m();
    leave();
    return end();
  }

  // Whether it was read or written is no name of the kernel's that could be looked up: both count.
  const std::vector<bpf_insn>& direct() {
    Label unknown_place = label(), sized = label();
    move(R6, R1);
    load(BPF_DW, R7, R1, 0);
    load(BPF_DW, R1, R7, at_.kiocb_file);
    load(BPF_DW, R1, R1, at_.file_inode);
    find_file();
    load(BPF_DW, R1, R6, 16);   // bytes moved, or an error
    jump_if_number(BPF_JEQ, R1, 0, out_);
    jump_if_number(BPF_JSLT, R1, 0, unknown_place);
    jump_if_number(BPF_JSGT, R1, 2 << 20, unknown_place);
    load(BPF_DW, R6, R7, at_.kiocb_pos);   // already moved on
    move(R2, R6);
    alu(BPF_SUB, R6, R1);
    alu_number(BPF_RSH, R6, page_shift);
    alu_number(BPF_SUB, R2, 1);
    alu_number(BPF_RSH, R2, page_shift);
    store(BPF_DW, stack, last_at, R2);
    store_number(BPF_DW, stack, wide_at, 1);
    jump_if_number(BPF_JSGT, R1, 64 << page_shift, sized);
    store_number(BPF_DW, stack, wide_at, 0);
    place(sized);
    // No longer than one of the two units, it lies in that of its first page and that of its last.
    set_unit();
    load(BPF_DW, R6, stack, last_at);
    set_unit();
    leave();
    place(unknown_place);
    mark(unknown);
    return end();
  }

 private:
  // 1 = an inode; 8, 9 = its place in the map of bits. Ends the program when it isn't watched.
  void find_file() {
    load(BPF_DW, R2, R1, at_.inode_ino);
    store(BPF_DW, stack, key_at + int(offsetof(Key, ino)), R2);
    load(BPF_DW, R1, R1, at_.inode_sb);
    load(BPF_W, R2, R1, at_.sb_dev);
    store(BPF_DW, stack, key_at + int(offsetof(Key, dev)), R2);
    look_up(watched_, key_at);
    jump_if_number(BPF_JEQ, R0, 0, out_);
    load(BPF_W, R8, R0, 0);
    load(BPF_W, R9, R0, 4);
  }

  // 6 = a page's index; 0 = the element with its bit.
  void find_element() {
    move(R1, R6);
    alu_number(BPF_RSH, R1, element_shift);
    jump_if(BPF_JGE, R1, R9, beyond_);
    alu(BPF_ADD, R1, R8);
    alu_number(BPF_ADD, R1, 1);
    store(BPF_W, stack, number_at, R1);
    look_up(bits_, number_at);
    jump_if_number(BPF_JEQ, R0, 0, out_);
  }

  // 0 = from the element to the word of the page 6, rounded down by `mask`.
  void to_word(int32_t mask) {
    move(R2, R6);
    alu_number(BPF_RSH, R2, word_shift);
    alu_number(BPF_AND, R2, mask);
    alu_number(BPF_LSH, R2, 3);
    alu(BPF_ADD, R0, R2);
  }

  void set_2m() {
    to_word(last_word & ~(words_of_2m - 1));
    for (int i = 0; i < words_of_2m; i++) store_number(BPF_DW, R0, i * 8, -1);
  }

  void set_unit() {
    Label wide = label(), done = label();
    find_element();
    load(BPF_DW, R1, stack, wide_at);
    jump_if_number(BPF_JNE, R1, 0, wide);
    to_word(last_word);
    store_number(BPF_DW, R0, 0, -1);
    jump(done);
    place(wide);
    set_2m();
    place(done);
  }

  // Sets a word of the file's first element.
  void mark(uint32_t word) {
    store(BPF_W, stack, number_at, R8);
    look_up(bits_, number_at);
    jump_if_number(BPF_JEQ, R0, 0, out_);
    store_number(BPF_DW, R0, int(word * 8), 1);
    leave();
  }

  const std::vector<bpf_insn>& end() {
    place(beyond_);
    mark(beyond);
    place(out_);
    leave();
    return finish();
  }

  const Layout& at_;
  int watched_, bits_;
  Label out_, beyond_;
};

}  // namespace

std::vector<bpf::Attached> attach(int watched, int bits) {
  static const Layout layout = read_layout();
  Program dirtied(layout, watched, bits), direct(layout, watched, bits);
  std::vector<bpf::Attached> programs;
  programs.push_back(bpf::attach(dirtied.dirtied(), layout.dirtied, "writeback_dirty_folio"));
  programs.push_back(bpf::attach(direct.direct(), layout.direct, "iomap_dio_complete"));
  return programs;
}

}  // namespace dirty
