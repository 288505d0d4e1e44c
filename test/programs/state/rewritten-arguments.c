/* A program that writes another title over its arguments is listed by it. */
#include "file.h"

int main(int count, char **arguments) {
  begin();
  (void)count;
  size_t room = strlen(arguments[0]) + 1;
  memset(arguments[0], 0, room);
  snprintf(arguments[0], room, "title");
  await_go();
  char text[64] = "";
  int fd = (int)must(open("/proc/self/cmdline", O_RDONLY));
  must(read(fd, text, sizeof text - 1));
  expect_text("its title", "title", text);
  snprintf(arguments[0], room, "other");
  must(pread(fd, text, sizeof text - 1, 0));
  expect_text("another title", "other", text);
  done();
}
