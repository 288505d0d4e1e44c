/* A large file that one descriptor reads, and a mapping, while another writes it: what is written since is read by them. */
#include "file.h"
#include "memory.h"

enum { PAGES = 64, FIRST = 20 };

int main(void) {
  begin();
  static char bytes[PAGES * PAGE];
  const char *path = own_path("beside");
  fill(bytes, sizeof bytes, 1);
  must(close(file_with(path, bytes, sizeof bytes)));
  int reader = (int)must(dup2((int)must(open(path, O_RDONLY)), FIRST));
  int writer = (int)must(dup2((int)must(open(path, O_RDWR)), FIRST + 1));
  char *memory = must_have(mmap(NULL, sizeof bytes, PROT_READ, MAP_SHARED, reader, 0));
  await_go();
  for (int page = 0; page < PAGES; page += PAGES / 4) {
    fill(bytes, PAGE, 2 + page);
    expect("length written", PAGE, must(pwrite(writer, bytes, PAGE, (off_t)page * PAGE)));
    expect("length read", PAGE, must(pread(reader, bytes, PAGE, (off_t)page * PAGE)));
    expect_filled("a page written since, read beside", bytes, PAGE, 2 + page);
    expect_filled("a page written since, in memory", memory + page * PAGE, PAGE, 2 + page);
  }
  struct stat read_one, written_one;
  must_zero(fstat(reader, &read_one));
  must_zero(fstat(writer, &written_one));
  expect("inode", (long long)read_one.st_ino, (long long)written_one.st_ino);
  must(unlink(path));
  done();
}
