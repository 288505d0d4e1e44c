/* Listening unix sockets, by a path and by an abstract name: bound still, with who waited to be accepted, and open to new ones. */
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
  struct name by_path = named(path, false), abstract = named(path + 5, true);
  int listeners[2] = {listener(&by_path), listener(&abstract)};
  int open_client = connected(&by_path), open_server = (int)must(accept(listeners[0], NULL, NULL));
  await_go();
  talk(open_client, open_server, "one from before");
  struct name *names[2] = {&by_path, &abstract};
  for (int i = 0; i < 2; i++) {
    struct name now = {.length = sizeof now.address};
    must(getsockname(listeners[i], (struct sockaddr *)&now.address, &now.length));
    expect("length of its name", names[i]->length, now.length);
    expect("its name", 0, memcmp(&names[i]->address, &now.address, now.length));
    int value = 0;
    socklen_t length = sizeof value;
    must(getsockopt(listeners[i], SOL_SOCKET, SO_ACCEPTCONN, &value, &length));
    expect("whether it listens", 1, value);
    int client = connected(names[i]), server = (int)must(accept(listeners[i], NULL, NULL));
    talk(client, server, "a new one");
    int again = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
    expect_errno(EADDRINUSE, bind(again, (struct sockaddr *)&names[i]->address, names[i]->length));
  }
  must(unlink(path));
  done();
}
