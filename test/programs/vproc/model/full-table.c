/* Under the preload mechanism alone: an instance has ids for so many objects. One more is refused, and none is left without an id, which nobody could
 * remove; when there is room again, the next is had. */
#include "../check.h"
#include <sys/sem.h>

#define UNUSUAL 0615 /* permissions, by which ours are found */
enum { MOST = 20000, LATER = 40 };
static int made[MOST];

/* As the kernel has it, past the library. */
static int on_the_host(void) {
  static char text[4 << 20];
  long fd = SYS_open, length = 0;
  __asm__ volatile("syscall" : "+a"(fd) : "D"("/proc/sysvipc/sem"), "S"(O_RDONLY), "d"(0) : "rcx", "r11", "memory");
  CHECK(fd >= 0);
  for (long got = 1; got > 0; length += got) {
    got = SYS_read;
    __asm__ volatile("syscall" : "+a"(got) : "D"(fd), "S"(text + length), "d"(sizeof text - 1 - (size_t)length) : "rcx", "r11", "memory");
    CHECK(got >= 0);
  }
  close((int)fd);
  text[length] = '\0';
  int found = 0;
  for (char *line = strchr(text, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
    int key, id;
    unsigned mode;
    found += sscanf(line, "%d %d %o", &key, &id, &mode) == 3 && (mode & 0777) == UNUSUAL;
  }
  return found;
}

int main(void) {
  int count = 0, refused = 0;
  CHECK(on_the_host() == 0);
  while (count < MOST && (made[count] = semget(IPC_PRIVATE, 1, UNUSUAL | IPC_CREAT)) >= 0) count++;
  CHECK(count > 1000 && count < MOST && errno == ENOSPC && on_the_host() == count);
  for (int i = 0; i < LATER; i++) {
    int id = semget(0x615000 + i, 1, UNUSUAL | IPC_CREAT | IPC_EXCL);
    if (id >= 0) made[count++] = id;
    refused += id < 0;
  }
  CHECK(refused > 0 && on_the_host() == count);
  for (int i = 0; i < count; i++) CHECK(semctl(made[i], 0, IPC_RMID) == 0);
  CHECK(on_the_host() == 0);
  int id = semget(IPC_PRIVATE, 1, UNUSUAL | IPC_CREAT);
  CHECK(id >= 0 && semctl(id, 0, IPC_RMID) == 0);
  return done();
}
