/* Holds a ring of asynchronous I/O for as many requests as it is told. */
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **words) {
  aio_context_t ring = 0;
  if (count < 2 || syscall(SYS_io_setup, atoi(words[1]), &ring) != 0) return perror("io_setup"), 1;
  puts("ready");
  fflush(stdout);
  pause();
  return 0;
}
