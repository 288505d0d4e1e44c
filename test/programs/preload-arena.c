/* The arena is where it was agreed, filled in, in every child and after every exec; a bad table is as none; errno and descriptors are
 * left alone. */
#include "preload-harness.h"

static int child_status(const char *mode, char *const *environment) {
  char *arguments[] = {"preload-arena", (char *)mode, NULL};
  pid_t child = fork();
  if (child == 0) {
    execve("/proc/self/exe", arguments, environment);
    _exit(127);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void covered(int with_table) {
  CHECK(errno == 0);
  CHECK(arena->magic == ARENA_MAGIC && arena->version == ARENA_VERSION && arena->range_count == 0);
  CHECK((arena->table != 0) == with_table);
  CHECK(memcmp((void *)arena->agent_syscall, "\x0f\x05\xc3", 3) == 0);
  CHECK(memcmp((void *)(arena->raw_syscall - 2), "\x0f\x05", 2) == 0);
  CHECK(memcmp((void *)arena->sigsys_restorer, "\xb8\x0f\0\0\0\x0f\x05", 7) == 0);
  CHECK(arena->leave != 0 && arena->sigsys_handler != 0);
  int fd = open("/dev/null", O_RDONLY);
  CHECK(fd == 3);
  close(fd);
}

static void storm(void) {
  char *modes[] = {"preload-arena", "storm", NULL};
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < 8; i++)
      if (fork() == 0) {
        if (i % 2 == 0) _exit(arena->magic == ARENA_MAGIC ? 0 : 1);
        execv("/proc/self/exe", modes);
        _exit(127);
      }
    int status;
    while (wait(&status) > 0) CHECK(status == 0);
  }
}

int main(int count, char **arguments) {
  const char *mode = count == 2 ? arguments[1] : "";
  if (strcmp(mode, "storm") == 0 || strcmp(mode, "covered") == 0) return covered(1), 0;
  if (strcmp(mode, "bare") == 0) return covered(0), 0;
  struct table *table = start_inside(count, arguments, NULL);
  covered(1);
  storm();
  char preload[512], path[512];
  snprintf(preload, sizeof preload, "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
  snprintf(path, sizeof path, "APPSHOT_TABLE=%s", getenv("PRELOAD_TEST_TABLE"));
  CHECK(child_status("covered", (char *[]){preload, path, NULL}) == 0);
  CHECK(child_status("bare", (char *[]){preload, NULL}) == 0);
  CHECK(child_status("bare", (char *[]){preload, "APPSHOT_TABLE=/dev/null", NULL}) == 0);
  CHECK(child_status("bare", (char *[]){preload, "APPSHOT_TABLE=/proc/self/exe", NULL}) == 0);
  table->version++;
  CHECK(child_status("bare", (char *[]){preload, path, NULL}) == 0);
  return 0;
}
