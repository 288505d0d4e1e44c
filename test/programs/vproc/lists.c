/* Lists of processes that libc makes by itself, and those of the kernel, have the caller, a child and a thread under the ids that the calls say. */
#include "check.h"
#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <sys/stat.h>

static pid_t child;
static char path[128];

static int named(const struct dirent *entry) { return atoi(entry->d_name) == child || atoi(entry->d_name) == getpid(); }

static int unknown;
static int asked_after(const struct dirent *entry) {
  int number = atoi(entry->d_name);
  unknown += number > 0 && kill(number, 0) < 0 && errno == ESRCH;
  return 0;
}

/* Those alone are listed that there are. A process may end between its being found and its being asked after. */
static void no_strangers(void) {
  struct dirent **found;
  for (int tries = 0; tries < 100; tries++) {
    unknown = 0;
    CHECK(scandir("/proc", &found, asked_after, NULL) == 0);
    free(found);
    DIR *list = opendir("/proc");
    CHECK(list != NULL);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) asked_after(entry);
    closedir(list);
    if (unknown == 0) return;
  }
  CHECK(!"a process is listed that isn't there");
}

static void by_scandir(void) {
  struct dirent **found;
  char cwd[PATH_MAX];
  int count = scandir("/proc", &found, named, alphasort);
  CHECK(count == 2 && atoi(found[0]->d_name) != atoi(found[1]->d_name) && strcmp(found[0]->d_name, found[1]->d_name) < 0);
  for (int i = 0; i < count; i++) free(found[i]);
  free(found);
  CHECK(getcwd(cwd, sizeof cwd) != NULL && chdir("/proc") == 0);
  snprintf(path, sizeof path, "%d/task", (int)child);
  count = scandir(path, &found, NULL, versionsort);
  CHECK(count == 3 && atoi(found[2]->d_name) == child && strcmp(found[0]->d_name, ".") == 0);
  for (int i = 0; i < count; i++) free(found[i]);
  free(found);
  CHECK(chdir(cwd) == 0);
  FAILS(scandir("/proc/1073741823/task", &found, NULL, NULL), ENOENT);
  FAILS(scandir("/proc/version", &found, NULL, NULL), ENOTDIR);
  count = scandir("/proc/self/fd", &found, NULL, NULL);
  CHECK(count >= 5);
  for (int i = 0; i < count; i++) free(found[i]);
  free(found);
}

static void by_glob(void) {
  glob_t found;
  snprintf(path, sizeof path, "/proc/%d", (int)child);
  int met = 0;
  CHECK(glob("/proc/[0-9]*", 0, NULL, &found) == 0);
  for (size_t i = 0; i < found.gl_pathc; i++) met += strcmp(found.gl_pathv[i], path) == 0;
  CHECK(met == 1);
  globfree(&found);
  snprintf(path, sizeof path, "/proc/%d/stat*", (int)child);
  CHECK(glob(path, 0, NULL, &found) == 0 && found.gl_pathc >= 2);
  globfree(&found);
  CHECK(glob("/proc/1073741823/stat*", 0, NULL, &found) == GLOB_NOMATCH);
  CHECK(glob("/usr/bin/en[v]", 0, NULL, &found) == 0 && found.gl_pathc == 1);
  globfree(&found);
}

/* With so little room at a time that what the kernel gives comes in many pieces. */
static void by_getdents(size_t room) {
  char bytes[4096];
  int fd = open("/proc", O_RDONLY | O_DIRECTORY), met = 0, others = 0;
  CHECK(fd >= 0);
  for (ssize_t got; (got = syscall(SYS_getdents64, fd, bytes, room)) != 0;) {
    CHECK(got > 0 && (size_t)got <= room);
    for (ssize_t at = 0; at < got;) {
      struct dirent64 *entry = (void *)(bytes + at);
      CHECK(entry->d_reclen > 0 && entry->d_reclen % 8 == 0 && at + entry->d_reclen <= got && strlen(entry->d_name) + 20 <= entry->d_reclen);
      met += named((struct dirent *)entry);
      others += strcmp(entry->d_name, "meminfo") == 0;
      at += entry->d_reclen;
    }
  }
  CHECK(met == 2 && others == 1);
  close(fd);
}

static void by_readdir_r(void) {
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  struct dirent entry, *found;
  DIR *list = opendir("/proc");
  int met = 0;
  CHECK(list != NULL);
  while (readdir_r(list, &entry, &found) == 0 && found != NULL) met += named(&entry);
  CHECK(met == 2);
  closedir(list);
}

static void *waits(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

/* Also of a thread that nobody has asked for. */
static void of_threads(void) {
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_t thread;
  pthread_mutex_lock(&gate);
  CHECK(pthread_create(&thread, NULL, waits, &gate) == 0);
  DIR *list = opendir("/proc/self/task");
  int own = 0, others = 0;
  CHECK(list != NULL);
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
    int number = atoi(entry->d_name);
    own += number == getpid();
    others += number > 0 && number != getpid() && tgkill(getpid(), number, 0) == 0;
  }
  closedir(list);
  CHECK(own == 1 && others == 1);
  pthread_mutex_unlock(&gate);
  CHECK(pthread_join(thread, NULL) == 0);
}

static void true_names(void) {
  char found[PATH_MAX], own[PATH_MAX], *made;
  CHECK(readlink("/proc/self/exe", own, sizeof own - 1) > 0);
  snprintf(path, sizeof path, "/proc/%d/exe", (int)child);
  CHECK(realpath(path, found) == found && strncmp(found, own, strlen(found)) == 0);
  snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)child, (int)child);
  CHECK((made = realpath(path, NULL)) != NULL && strcmp(made, path) == 0);
  free(made);
  snprintf(path, sizeof path, "/proc/%d", (int)getpid());
  CHECK((made = canonicalize_file_name("/proc/self")) != NULL && strcmp(made, path) == 0);
  free(made);
  CHECK(realpath("/proc/1073741823/exe", found) == NULL && errno == ENOENT);
  CHECK(realpath("/usr/../usr", found) == found && strcmp(found, "/usr") == 0);
}

static void scheduled(void) {
  int pid = 0;
  snprintf(path, sizeof path, "/proc/%d/sched", (int)child);
  FILE *file = fopen(path, "r");
  CHECK(file == NULL || (fscanf(file, "%*s (%d, #threads: 1)", &pid) == 1 && pid == child)); /* not every kernel has it */
  if (file != NULL) fclose(file);
}

int main(void) {
  child = idle_child();
  no_strangers();
  by_scandir();
  by_glob();
  by_getdents(96);
  by_getdents(4096);
  by_readdir_r();
  of_threads();
  true_names();
  scheduled();
  end_child(child);
  return done();
}
