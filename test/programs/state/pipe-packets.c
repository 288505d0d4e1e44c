/* A pipe in packet mode keeps the borders of its packets. */
#include "file.h"

int main(void) {
  begin();
  int ends[2];
  must(pipe2(ends, O_DIRECT));
  put(ends[1], "one");
  put(ends[1], "two and more");
  put(ends[1], "three");
  await_go();
  expect_text("the first packet", "one", next_text(ends[0], 100));
  expect_text("a part of the second", "two", next_text(ends[0], 3));
  expect_text("the third", "three", next_text(ends[0], 100));
  put(ends[1], "four");
  put(ends[1], "five");
  expect_text("the fourth", "four", next_text(ends[0], 100));
  expect_text("the fifth", "five", next_text(ends[0], 100));
  done();
}
