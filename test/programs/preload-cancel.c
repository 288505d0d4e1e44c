/* The interposed calls are still cancellation points, and clean-up handlers run. */
#include "preload-sockets.h"
#include <pthread.h>

static int cleaned, fd;
static void clean(void *argument) { cleaned += argument == &cleaned; }

static void *in_accept(void *argument) {
  pthread_cleanup_push(clean, &cleaned);
  union address peer;
  socklen_t size = sizeof peer;
  accept(fd, &peer.any, &size);
  pthread_cleanup_pop(0);
  return argument;
}
static void *in_recvfrom(void *argument) {
  pthread_cleanup_push(clean, &cleaned);
  union address peer;
  socklen_t size = sizeof peer;
  char byte;
  recvfrom(fd, &byte, 1, 0, &peer.any, &size);
  pthread_cleanup_pop(0);
  return argument;
}

static void cancel(void *(*body)(void *), int type) {
  pthread_t thread;
  void *result;
  fd = new_socket(AF_INET, type, 0);
  CHECK(bind_to(fd, "127.0.0.1", 77) == 0 && (type == SOCK_DGRAM || listen(fd, 1) == 0));
  CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
  usleep(20000);
  CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
  close(fd);
}

int main(int count, char **arguments) {
  start_inside(count, arguments, NULL);
  cancel(in_accept, SOCK_STREAM);
  cancel(in_recvfrom, SOCK_DGRAM);
  CHECK(cleaned == 2);
  return 0;
}
