/* Memory that is mapped from an image gives zeros after MADV_DONTNEED, takes MADV_FREE and MADV_WIPEONFORK, and ordinary files
 * keep theirs. By the C library's call and by a raw system call, with and without the filter. */
#include "preload-clone.h"

static int raw_madvise(void *at, size_t length, int advice) { return (int)syscall(SYS_madvise, at, length, advice); }

static void gives_zeros(int (*advise)(void *, size_t, int)) {
  char *at = image_of(7, 16 * PAGE);
  at[5 * PAGE] = 9;
  CHECK(advise(at + 4 * PAGE, 4 * PAGE, MADV_DONTNEED) == 0);
  CHECK(all_are(at, 7, 4 * PAGE) && all_are(at + 4 * PAGE, 0, 4 * PAGE) && all_are(at + 8 * PAGE, 7, 8 * PAGE));
  at[5 * PAGE] = 3;
  CHECK(advise(at + 5 * PAGE, 1, MADV_DONTNEED) == 0 && at[5 * PAGE] == 0);
  CHECK(advise(at + 1, PAGE, MADV_DONTNEED) == -1 && errno == EINVAL && at[0] == 7);
  CHECK(advise(at, 0, MADV_DONTNEED) == 0 && at[0] == 7);
  CHECK(advise(at, 16 * PAGE, MADV_FREE) == 0);
  at[0] = 1;
  CHECK(at[0] == 1);
}

static void wipes_on_fork(int (*advise)(void *, size_t, int)) {
  char *at = image_of(5, 4 * PAGE);
  CHECK(advise(at + PAGE, PAGE, MADV_WIPEONFORK) == 0);
  CHECK(all_are(at, 5, 4 * PAGE));
  pid_t child = fork();
  if (child == 0) _exit(all_are(at, 5, PAGE) && all_are(at + PAGE, 0, PAGE) && all_are(at + 2 * PAGE, 5, PAGE) ? 0 : 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* Also where image memory was. */
static void leaves_files(void) {
  char *at = image_of(1, PAGE);
  int fd = open("/proc/self/exe", O_RDONLY);
  CHECK(mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) == at);
  at[0] = 1;
  CHECK(madvise(at, PAGE, MADV_DONTNEED) == 0 && at[0] == 0x7f);
  CHECK(madvise(at, PAGE, MADV_FREE) == -1 && errno == EINVAL);
}

static void keeps_protection(void) {
  char *at = image_of(6, 3 * PAGE);
  CHECK(mprotect(at + PAGE, PAGE, PROT_READ) == 0);
  CHECK(madvise(at, 3 * PAGE, MADV_DONTNEED) == 0 && all_are(at, 0, 3 * PAGE));
  errno = 0;
  CHECK(read(open("/dev/zero", O_RDONLY), at + PAGE, 1) == -1 && errno == EFAULT);
  CHECK(munmap(at + PAGE, PAGE) == 0);
  CHECK(madvise(at, 3 * PAGE, MADV_DONTNEED) == -1 && errno == ENOMEM);
}

int main(int count, char **arguments) {
  start_inside(count, arguments, NULL);
  gives_zeros(madvise);
  wipes_on_fork(madvise);
  leaves_files();
  keeps_protection();
  install_filter();
  gives_zeros(madvise);
  gives_zeros(raw_madvise);
  wipes_on_fork(raw_madvise);
  leaves_files();
  return 0;
}
