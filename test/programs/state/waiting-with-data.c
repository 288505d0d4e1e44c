/* A connection that waits to be accepted and whose client has sent already: its bytes can't be seen yet. */
#include "file.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  begin();
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof name.sun_path, "%s", own_path("socket"));
  int listener = (int)must(socket(AF_UNIX, SOCK_STREAM, 0)), client = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&name, sizeof name));
  must(listen(listener, 4));
  must(connect(client, (struct sockaddr *)&name, sizeof name));
  put(client, "early");
  await_go();
  expect_text("what the client had sent", "early", next_text((int)must(accept(listener, NULL, NULL)), 100));
  must(unlink(name.sun_path));
  done();
}
