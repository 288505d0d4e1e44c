/* Listeners whose files have been renamed, moved or removed since: each is reached by the name that its file has, and by no other. */
#include "file.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un named(const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
  return name;
}
static int listener(const char *path) {
  struct sockaddr_un name = named(path);
  int fd = (int)must(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  must(bind(fd, (struct sockaddr *)&name, sizeof name));
  must(listen(fd, 8));
  return fd;
}
static int try_to_connect(const char *path) {
  struct sockaddr_un name = named(path);
  int fd = (int)must(socket(AF_UNIX, SOCK_STREAM, 0)), result = connect(fd, (struct sockaddr *)&name, sizeof name);
  return result == -1 ? close(fd), -1 : fd;
}
static void expect_reached(int listener, const char *path) {
  int client = (int)must(try_to_connect(path));
  put(client, path);
  int server = (int)must(accept(listener, NULL, NULL));
  expect_text("what a client sent", path, next_text(server, 200));
  close(client);
  close(server);
}

int main(void) {
  begin();
  const char *early = own_path("early"), *late = own_path("late"), *place = own_path("place"), *directory = own_path("directory");
  char inside[150];
  snprintf(inside, sizeof inside, "%s/socket", directory);
  int renamed = listener(early);
  must(rename(early, late));
  int replaced = listener(place), client = (int)must(try_to_connect(place)), server = (int)must(accept(replaced, NULL, NULL));
  must(unlink(place));
  int present = listener(place);
  must(mkdir(directory, 0700));
  int homeless = listener(inside);
  must(unlink(inside));
  must(rmdir(directory));
  await_go();
  expect_reached(renamed, late);
  expect_errno(ENOENT, try_to_connect(early));
  expect_reached(present, place);
  put(client, "since before");
  expect_text("what comes over a connection by a removed name", "since before", next_text(server, 100));
  expect_errno(EAGAIN, accept(replaced, NULL, NULL));
  expect_errno(EAGAIN, accept(homeless, NULL, NULL));
  expect_errno(ENOENT, try_to_connect(inside));
  must(unlink(late));
  must(unlink(place));
  done();
}
