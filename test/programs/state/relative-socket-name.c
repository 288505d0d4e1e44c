/* A listener whose path was given relative to the directory that the program is in. */
#include "file.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  begin();
  const char *directory = own_path("place");
  must(mkdir(directory, 0700));
  must(chdir(directory));
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"}, now;
  socklen_t length = sizeof now;
  int listener = (int)must(socket(AF_UNIX, SOCK_STREAM, 0)), client = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&name, sizeof name));
  must(listen(listener, 4));
  await_go();
  must(getsockname(listener, (struct sockaddr *)&now, &length));
  expect_text("its name", "socket", now.sun_path);
  must(connect(client, (struct sockaddr *)&name, sizeof name));
  put(client, "found");
  expect_text("what comes", "found", next_text((int)must(accept(listener, NULL, NULL)), 100));
  must(unlink("socket"));
  must(chdir("/"));
  must(rmdir(directory));
  done();
}
