/* Says whether liburing, and whether the kernel itself, gives it a ring; waits with one that it has. */
#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *word(int failed) { return failed == 0 ? "a ring" : strerrorname_np(failed); }

int main(int count, char **words) {
  struct io_uring ring;
  struct io_uring_params about = {0};
  int given = io_uring_queue_init(8, &ring, 0);
  struct io_uring_probe *probe = io_uring_get_probe();
  int direct = (int)syscall(SYS_io_uring_setup, 8, &about);
  printf("liburing: %s, %s; the kernel: %s\n", word(-given), probe ? "a probe" : "no probe", word(direct < 0 ? errno : 0));
  fflush(stdout);
  if (direct >= 0) close(direct);
  if (probe) io_uring_free_probe(probe);
  if (count > 1 && strcmp(words[1], "wait") == 0) pause();
  return 0;
}
