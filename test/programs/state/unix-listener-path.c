/* A listening unix socket with a path: bound still, and its own clients reach it, those from before and new ones. */
#include "file.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct name { struct sockaddr_un address; socklen_t length; };

static struct name named(const char *path, bool abstract) {
  struct name name = {.address.sun_family = AF_UNIX};
  snprintf(name.address.sun_path + abstract, sizeof name.address.sun_path - 1, "%s", path);
  name.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path) + !abstract);
  return name;
}
static int listener(struct name *name) {
  int fd = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(bind(fd, (struct sockaddr *)&name->address, name->length));
  must(listen(fd, 8));
  return fd;
}
static int connected(struct name *name) {
  int fd = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(connect(fd, (struct sockaddr *)&name->address, name->length));
  return fd;
}
static void talk(int client, int server, const char *text) {
  put(client, text);
  expect_text("what a client sent", text, next_text(server, 100));
  put(server, "answer");
  expect_text("what a server answered", "answer", next_text(client, 100));
}

int main(void) {
  begin();
  const char *path = own_path("socket");
  struct name name = named(path, false), now = {.length = sizeof now.address};
  int fd = listener(&name), old_client = connected(&name), old_server = (int)must(accept(fd, NULL, NULL));
  await_go();
  talk(old_client, old_server, "one from before");
  must(getsockname(fd, (struct sockaddr *)&now.address, &now.length));
  expect("length of its name", name.length, now.length);
  expect("its name", 0, memcmp(&name.address, &now.address, now.length));
  int value = 0;
  socklen_t length = sizeof value;
  must(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length));
  expect("whether it listens", 1, value);
  int client = connected(&name), server = (int)must(accept(fd, NULL, NULL));
  talk(client, server, "a new one");
  int again = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  expect_errno(EADDRINUSE, bind(again, (struct sockaddr *)&name.address, name.length));
  must(unlink(path));
  done();
}
