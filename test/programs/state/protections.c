/* Every protection is as it was: what may not be read or written can't be, what may be executed can. */
#include "memory.h"

static const struct { int protection; const char *column; } kinds[] = {
  {PROT_NONE, "---p"}, {PROT_READ, "r--p"}, {PROT_READ | PROT_WRITE, "rw-p"}, {PROT_READ | PROT_EXEC, "r-xp"},
};

int main(void) {
  begin();
  static const unsigned char returns_42[] = {0xb8, 42, 0, 0, 0, 0xc3};
  char *memory = private_memory(4 * PAGE);
  for (size_t i = 0; i < 4; i++) {
    fill(memory + i * PAGE, PAGE, i);
    memcpy(memory + i * PAGE, returns_42, sizeof returns_42);
    must_zero(mprotect(memory + i * PAGE, PAGE, kinds[i].protection));
  }
  int ends[2];
  must(pipe(ends));
  await_go();
  for (size_t i = 0; i < 4; i++) {
    expect_text("protection", kinds[i].column, protection_at(memory + i * PAGE));
    /* The kernel reads and writes with the process's own rights, and says so without a signal. */
    if (kinds[i].protection & PROT_READ) expect("bytes written from it", 1, must(write(ends[1], memory + i * PAGE, 1)));
    else expect_errno(EFAULT, write(ends[1], memory + i * PAGE, 1));
    if (!(kinds[i].protection & PROT_READ)) must(write(ends[1], "\xb8", 1));
    if (kinds[i].protection & PROT_WRITE) expect("bytes read into it", 1, must(read(ends[0], memory + i * PAGE, 1)));
    else expect_errno(EFAULT, read(ends[0], memory + i * PAGE, 1));
    char byte;
    if (!(kinds[i].protection & PROT_WRITE)) must(read(ends[0], &byte, 1));
  }
  expect("what the code answers", 42, ((int (*)(void))(void *)(memory + 3 * PAGE))());
  must_zero(mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
  expect("a byte of what couldn't be read", 0xb8, (unsigned char)memory[0]);
  done();
}
