/* Files that were renamed, replaced, linked again or whose directory was renamed since they were opened. */
#include "file.h"

static const char *below(const char *directory, const char *name) {
  static char paths[8][160];
  static int used;
  char *path = paths[used++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return path;
}

int main(void) {
  begin();
  const char *first = own_path("first"), *second = own_path("second");
  must(mkdir(first, 0700));
  int renamed = file_with(below(first, "a"), "renamed", 7), replaced = file_with(below(first, "b"), "replaced", 8);
  int linked = file_with(below(first, "c"), "linked", 6), stays = file_with(below(first, "d"), "stays", 5);
  must(rename(below(first, "a"), below(first, "z")));
  close(file_with(below(first, "new"), "new", 3));
  must(rename(below(first, "new"), below(first, "b")));
  must(link(below(first, "c"), below(first, "other")));
  must(unlink(below(first, "c")));
  must(rename(first, second));
  await_go();
  expect_text("one that was renamed", "renamed", next_text(renamed, 100));
  put(renamed, "!");
  expect_text("it by its name", "renamed!", content(below(second, "z")));
  expect_text("one that was replaced", "replaced", next_text(replaced, 100));
  expect_text("what is there instead", "new", content(below(second, "b")));
  put(linked, "LINKED");
  expect_text("one with another name", "LINKED", content(below(second, "other")));
  expect_text("one in a renamed directory", "stays", next_text(stays, 100));
  put(stays, "!");
  expect_text("it by its name", "stays!", content(below(second, "d")));
  const char *names[] = {"z", "b", "other", "d"};
  for (int i = 0; i < 4; i++) must(unlink(below(second, names[i])));
  must(rmdir(second));
  done();
}
