/* Listeners that share a port, and connections within that each of them has accepted: they lead where they led, whichever the kernel would
 * choose now. */
#include "process.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { GROUP = 4, CONNECTIONS = 24 };

int main(void) {
  begin();
  int listeners[GROUP], clients[CONNECTIONS], accepted[CONNECTIONS], yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  for (int i = 0; i < GROUP; i++) {
    listeners[i] = (int)must(socket(AF_INET, SOCK_STREAM | (i % 2 ? SOCK_NONBLOCK : 0), 0));
    must(setsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes));
    must(bind(listeners[i], (void *)&address, sizeof address));
    must(getsockname(listeners[i], (void *)&address, &size));
  }
  for (int i = 0; i < GROUP; i++) must(listen(listeners[i], 8));
  for (int i = 0; i < CONNECTIONS; i++) {
    clients[i] = (int)must(socket(AF_INET, SOCK_STREAM, 0));
    must(connect(clients[i], (void *)&address, sizeof address));
    struct pollfd all[GROUP];
    for (int j = 0; j < GROUP; j++) all[j] = (struct pollfd){listeners[j], POLLIN, 0};
    expect("listeners that are called", 1, poll(all, GROUP, 10000));
    for (int j = 0; j < GROUP; j++)
      if (all[j].revents) accepted[i] = (int)must(accept(listeners[j], NULL, NULL));
    must(dprintf(clients[i], "%04d", i));
  }
  await_go();
  for (int i = 0; i < CONNECTIONS; i++) {
    char text[8] = "";
    expect("bytes that were on their way", 4, must(recv(accepted[i], text, 4, MSG_WAITALL)));
    expect("from whom", i, atoi(text));
    must(dprintf(accepted[i], "%04d", 1000 + i));
    expect("bytes of the answer", 4, must(recv(clients[i], text, 4, MSG_WAITALL)));
    expect("whose answer", 1000 + i, atoi(text));
  }
  for (int i = 0; i < GROUP; i++) {
    expect("whether it is non-blocking", i % 2, !!(must(fcntl(listeners[i], F_GETFL)) & O_NONBLOCK));
    size = sizeof yes;
    must(getsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT, &yes, &size));
    expect("whether it shares its port", 1, yes);
  }
  done();
}
