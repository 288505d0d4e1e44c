/* A listener whose path was given relative to the directory that the program is in, and connections to it: one accepted, one waiting. */
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
  int early = (int)must(socket(AF_UNIX, SOCK_STREAM, 0)), waiting = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(connect(early, (struct sockaddr *)&name, sizeof name));
  int accepted = (int)must(accept(listener, NULL, NULL));
  must(connect(waiting, (struct sockaddr *)&name, sizeof name));
  await_go();
  put(early, "early");
  expect_text("what comes over the one from before", "early", next_text(accepted, 100));
  put(waiting, "waited");
  expect_text("what comes over the one that waited", "waited", next_text((int)must(accept(listener, NULL, NULL)), 100));
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
