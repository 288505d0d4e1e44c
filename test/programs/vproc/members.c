/* The members of a control group are told by the ids that the calls say; others' are 0 or missing where they can't be named. */
#include "check.h"
#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <sys/stat.h>

static pid_t child;

/* Where the caller is in this hierarchy: behind the controllers' names, of which version 2 has none. */
static int path_in(const struct mntent *mount, char path[PATH_MAX]) {
  char line[PATH_MAX], wanted[64] = "::";
  const char *names[] = {"cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "pids"};
  for (size_t i = 0; i < sizeof names / sizeof *names && strcmp(mount->mnt_type, "cgroup") == 0; i++)
    if (hasmntopt(mount, names[i]) != NULL) snprintf(wanted, sizeof wanted, ":%s:", names[i]);
  FILE *file = fopen("/proc/self/cgroup", "r");
  int found = 0;
  CHECK(file != NULL);
  while (!found && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    char *at = strstr(line, wanted);
    if ((found = at != NULL)) snprintf(path, PATH_MAX, "%.2000s%.2000s", mount->mnt_dir, at + strlen(wanted));
  }
  fclose(file);
  return found;
}

/* 0: there is no such file. A process may end between its being told and its being asked after; and of a group of version 1 that grows while it is
 * listed, the kernel leaves out the last. */
static int tells_members(const char *directory, const char *name) {
  char path[PATH_MAX + 20];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  for (int tries = 0; tries < 100; tries++) {
    FILE *file = fopen(path, "r");
    int pid, own = 0, met = 0, unknown = 0;
    if (file == NULL) return 0;
    while (fscanf(file, "%d", &pid) == 1) {
      own += pid == getpid();
      met += pid == child;
      unknown += pid != 0 && kill(pid, 0) < 0 && errno == ESRCH;
    }
    CHECK(feof(file));
    fclose(file);
    if (own == 1 && met == 1 && unknown == 0) return 1;
  }
  CHECK(!"a member is told that isn't there, or one that is there isn't told");
  return 0;
}

static int is_in(pid_t pid, const char *group) {
  char path[64], line[PATH_MAX];
  snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
  FILE *file = fopen(path, "r");
  int found = 0;
  CHECK(file != NULL);
  while (!found && fgets(line, sizeof line, file) != NULL) found = strstr(line, strrchr(group, '/')) != NULL;
  fclose(file);
  return found;
}

/* 0, or the error. */
static int by_call(const char *path, const char *text) {
  int fd = open(path, O_WRONLY), failed = write(fd, text, strlen(text)) < 0 ? errno : 0;
  CHECK(fd >= 0);
  close(fd);
  return failed;
}
static int by_number(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC), failed = syscall(SYS_write, fd, text, strlen(text)) < 0 ? errno : 0;
  CHECK(fd >= 0);
  close(fd);
  return failed;
}
static int by_flush(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  CHECK(file != NULL && fputs(text, file) >= 0);
  int failed = fflush(file) != 0 ? errno : 0;
  fclose(file);
  return failed;
}
static int by_close(const char *path, const char *text) {
  FILE *file = fopen(path, "r+");
  CHECK(file != NULL && fputs(text, file) >= 0);
  return fclose(file) != 0 ? errno : 0;
}
static int by_shell(const char *path, const char *text) {
  char command[2 * PATH_MAX];
  snprintf(command, sizeof command, "/bin/echo %d 2>&1 >%s", atoi(text), path); /* in a program that was handed the open list */
  return system(command) == 0 ? 0 : ESRCH;
}

static void moves(const char *list, const char *from, const char *to, const char *group) {
  int (*const ways[])(const char *, const char *) = {by_call, by_number, by_flush, by_close};
  char own[PATH_MAX], other[PATH_MAX], text[32];
  snprintf(own, sizeof own, "%.2000s/%s", to, list);
  snprintf(other, sizeof other, "%.2000s/%s", from, list);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    snprintf(text, sizeof text, i % 2 ? " %d\n" : "%d", child);
    CHECK(ways[i](own, text) == 0 && is_in(child, group));
    CHECK(ways[i](own, "1073741000\n") == ESRCH && ways[i](own, "x") == EINVAL && is_in(getpid(), group) == 0);
    CHECK(ways[i](other, text) == 0 && !is_in(child, group));
  }
  snprintf(text, sizeof text, "%d\n", child);
  CHECK(by_shell(own, text) == 0 && is_in(child, group) && by_shell(other, text) == 0 && !is_in(child, group));
  CHECK(by_call(own, "0") == 0 && is_in(getpid(), group));
  snprintf(text, sizeof text, "%d\n", getpid());
  CHECK(by_flush(other, text) == 0 && !is_in(getpid(), group));
}

/* 0: none can be made here. */
static int moves_members(const char *directory, bool threads) {
  char group[PATH_MAX];
  snprintf(group, sizeof group, "%.2000s/appshot-members-%d", directory, getpid());
  if (mkdir(group, 0755) != 0) return 0;
  moves("cgroup.procs", directory, group, group);
  if (threads) moves("tasks", directory, group, group);
  CHECK(rmdir(group) == 0);
  return 1;
}

int main(void) {
  child = idle_child();
  int seen = 0, moved = 0;
  FILE *mounts = setmntent("/proc/self/mounts", "r");
  CHECK(mounts != NULL);
  for (struct mntent *mount; (mount = getmntent(mounts)) != NULL;) {
    char path[PATH_MAX];
    if ((strcmp(mount->mnt_type, "cgroup") != 0 && strcmp(mount->mnt_type, "cgroup2") != 0) || !path_in(mount, path)) continue;
    bool threads = strcmp(mount->mnt_type, "cgroup") == 0;
    if (hasmntopt(mount, "cpuset") == NULL) moved += moves_members(path, threads); /* a new one of those has no processor */
    seen += tells_members(path, "cgroup.procs");
    if (threads) seen += tells_members(path, "tasks"); /* threads, of which these two have one each */
  }
  endmntent(mounts);
  if (seen == 0) puts("no control groups are to be seen here");
  if (moved == 0) puts("no control group can be made here");
  end_child(child);
  return done();
}
