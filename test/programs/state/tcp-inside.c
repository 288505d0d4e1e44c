/* A TCP connection between two processes of one instance: stays connected, with data in flight both ways. */
#include "file.h"
#include "process.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  begin();
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  int listener = (int)must(socket(AF_INET, SOCK_STREAM, 0));
  must(bind(listener, (struct sockaddr *)&own, sizeof own));
  must(listen(listener, 4));
  must(getsockname(listener, (struct sockaddr *)&own, &length));
  struct channel down = channel(), up = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    close(down.to);
    close(listener);
    int client = (int)must(socket(AF_INET, SOCK_STREAM, 0));
    must(connect(client, (struct sockaddr *)&own, sizeof own));
    put(client, "sent before");
    tell(up, 1);
    if (hear(down) == -1) _exit(9);
    expect_text("what the server had sent", "answered before", next_text(client, 15));
    put(client, "sent since");
    expect_text("what the server sent since", "answered since", next_text(client, 14));
    must(shutdown(client, SHUT_WR));
    _exit(0);
  }
  int server = (int)must(accept(listener, NULL, NULL));
  hear(up);
  put(server, "answered before");
  await_go();
  expect_text("what the client had sent", "sent before", next_text(server, 11));
  tell(down, 1);
  expect_text("what the client sent since", "sent since", next_text(server, 10));
  put(server, "answered since");
  expect("what comes after the client's last", 0, must(read(server, (char[1]){0}, 1)));
  expect("how the client ended", 0, reap(child));
  done();
}
