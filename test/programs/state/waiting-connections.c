/* Connections that wait to be accepted: unix and TCP ones whose client has sent nothing yet are accepted since. */
#include "file.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  begin();
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof port;
  snprintf(name.sun_path, sizeof name.sun_path, "%s", own_path("socket"));
  int by_name = (int)must(socket(AF_UNIX, SOCK_STREAM, 0)), by_port = (int)must(socket(AF_INET, SOCK_STREAM, 0)), clients[4];
  must(bind(by_name, (struct sockaddr *)&name, sizeof name));
  must(listen(by_name, 4));
  must(bind(by_port, (struct sockaddr *)&port, sizeof port));
  must(listen(by_port, 4));
  must(getsockname(by_port, (struct sockaddr *)&port, &length));
  for (int i = 0; i < 4; i++) {
    clients[i] = (int)must(socket(i < 2 ? AF_UNIX : AF_INET, SOCK_STREAM, 0));
    must(connect(clients[i], i < 2 ? (struct sockaddr *)&name : (struct sockaddr *)&port, i < 2 ? sizeof name : sizeof port));
  }
  await_go();
  for (int i = 0; i < 4; i++) {
    put(clients[i], "hello");
    must(poll(&(struct pollfd){i < 2 ? by_name : by_port, POLLIN, 0}, 1, 20000));
    int server = (int)must(accept4(i < 2 ? by_name : by_port, NULL, NULL, 0));
    expect_text("what a client sent", "hello", next_text(server, 100));
    put(server, "welcome");
    expect_text("what its server answered", "welcome", next_text(clients[i], 100));
  }
  must(unlink(name.sun_path));
  done();
}
