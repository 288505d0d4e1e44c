/* One answer a connection: how many there were. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), answers = 0;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[count - 1]))};
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0) return 1;
  if (listen(listener, 16) < 0) return 1;
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    char text[16];
    int length = snprintf(text, sizeof text, "%d\n", ++answers);
    if (fd < 0 || write(fd, text, (size_t)length) != length) return 1;
    close(fd);
  }
}
