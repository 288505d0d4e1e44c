/* Under the preload mechanism alone, once it is told to: a child claims the id of a message queue, and is killed before it has noted that in the journal. */
#include "../check.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include "shared/id-words.h"

static int system_queue(void) { /* past the library */
  long result = SYS_msgget;
  __asm__ volatile("syscall" : "+a"(result) : "D"((long)IPC_PRIVATE), "S"((long)(IPC_CREAT | 0600)) : "rcx", "r11", "memory");
  return (int)result;
}

int main(void) {
  int fd = open("/.appshot/table", O_RDWR), system = system_queue();
  struct table *table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  sigset_t set;
  int number;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  CHECK(table != MAP_FAILED && system >= 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  printf("{\"pid\":%d,\"msg\":%d}\n", (int)getpid(), system);
  fflush(stdout);
  CHECK(sigwait(&set, &number) == 0);
  pid_t child = fork();
  if (child == 0) {
    uint64_t word;
    bool made;
    CHECK(id_claim(table->ids, ID_MSG, system, 0, NULL, &word, &made) >= 0 && made);
    raise(SIGKILL);
  }
  CHECK(waitpid(child, NULL, 0) == child);
  for (;;) pause();
}
