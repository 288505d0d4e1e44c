/* Who made the other end of a unix connection: a pair of one's own, one that came from a parent, an accepted one of another user. */
#include "file.h"
#include "process.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct ucred peer(int fd) {
  struct ucred who;
  socklen_t length = sizeof who;
  must(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length));
  return who;
}

int main(void) {
  begin();
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof name.sun_path, "%s", own_path("socket"));
  int own[2], listener = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, own));
  must(bind(listener, (struct sockaddr *)&name, sizeof name));
  must(chmod(name.sun_path, 0777));
  must(listen(listener, 4));
  struct channel up = channel(), down = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    must(setresgid(-1, 4321, -1));
    must(setresuid(-1, 1234, -1));
    int client = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
    must(connect(client, (struct sockaddr *)&name, sizeof name));
    tell(up, 1);
    hear(down);
    expect("who listens, as the client knows it", getppid(), peer(client).pid);
    expect("who made its parent's pair", getppid(), peer(own[0]).pid);
    _exit(0);
  }
  int server = (int)must(accept(listener, NULL, NULL));
  hear(up);
  await_go();
  expect("who made a pair", getpid(), peer(own[1]).pid);
  expect("its user", 0, peer(own[0]).uid);
  expect("who connected", child, peer(server).pid);
  expect("as what user", 1234, peer(server).uid);
  expect("as what group", 4321, peer(server).gid);
  must(unlink(name.sun_path));
  tell(down, 1);
  expect("how the child ended", 0, reap(child));
  done();
}
