/* For a run under valgrind: a call whose address the library has to ask about, for it lies on the heap. */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(void) {
  struct sockaddr_in *nobody = calloc(1, sizeof *nobody);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  if (nobody == NULL || client < 0) return 1;
  nobody->sin_family = AF_INET;
  nobody->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  nobody->sin_port = htons(9);
  (void)!connect(client, (struct sockaddr *)nobody, sizeof *nobody);
  free(nobody);
  return 0;
}
