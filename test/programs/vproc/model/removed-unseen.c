/* Under the preload mechanism alone: objects that are removed past the library, as another process may do between their being made and their ids being
 * claimed, don't use up the table. More are made of each kind than it has room for, and a process still gets an id. */
#include "../check.h"
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define ROUNDS 9000
#define UNUSUAL 0613 /* permissions, by which ours are found */

static long past_library(long number, long a, long b, long c, long d) {
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return number;
}

/* The system's id of the one object that has the unusual permissions: the text is read as the kernel has it. */
static int find(const char *file) {
  static char text[1 << 20];
  long fd = past_library(SYS_open, (long)file, O_RDONLY, 0, 0), length = 0, got;
  while ((got = past_library(SYS_read, fd, (long)text + length, (long)sizeof text - 1 - length, 0)) > 0) length += got;
  past_library(SYS_close, fd, 0, 0, 0);
  text[length] = '\0';
  for (char *line = strchr(text, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
    int key, id;
    unsigned mode;
    if (sscanf(line, "%d %d %o", &key, &id, &mode) == 3 && (mode & 0777) == UNUSUAL) return id;
  }
  return -1;
}

static int make_memory(void) { return shmget(IPC_PRIVATE, 4096, UNUSUAL | IPC_CREAT); }
static int make_semaphore(void) { return semget(IPC_PRIVATE, 1, UNUSUAL | IPC_CREAT); }
static int make_queue(void) { return msgget(IPC_PRIVATE, UNUSUAL | IPC_CREAT); }

static void removes(const char *file, int (*make)(void), long call, int command_is_third) {
  for (int i = 0; i < ROUNDS; i++) {
    CHECK(make() >= 0);
    int system = find(file);
    CHECK(system >= 0 && past_library(call, system, command_is_third ? 0 : IPC_RMID, command_is_third ? IPC_RMID : 0, 0) == 0);
  }
}

int main(void) {
  removes("/proc/sysvipc/shm", make_memory, SYS_shmctl, 0);
  removes("/proc/sysvipc/sem", make_semaphore, SYS_semctl, 1);
  removes("/proc/sysvipc/msg", make_queue, SYS_msgctl, 0);
  pid_t child = idle_child();
  CHECK(child >= 1 << 22 && kill(child, 0) == 0);
  end_child(child);
  return done();
}
