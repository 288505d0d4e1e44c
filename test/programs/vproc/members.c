/* The members of a control group are told by the ids that the calls say; others' are 0 or missing where they can't be named. */
#include "check.h"
#include <limits.h>
#include <mntent.h>

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

/* 0: there is no such file. A process may end between its being told and its being asked after. */
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
    CHECK(own == 1 && met == 1);
    if (unknown == 0) return 1;
  }
  CHECK(!"a member is told that isn't there");
  return 0;
}

int main(void) {
  child = idle_child();
  int seen = 0;
  FILE *mounts = setmntent("/proc/self/mounts", "r");
  CHECK(mounts != NULL);
  for (struct mntent *mount; (mount = getmntent(mounts)) != NULL;) {
    char path[PATH_MAX];
    if ((strcmp(mount->mnt_type, "cgroup") != 0 && strcmp(mount->mnt_type, "cgroup2") != 0) || !path_in(mount, path)) continue;
    seen += tells_members(path, "cgroup.procs");
    if (strcmp(mount->mnt_type, "cgroup") == 0) seen += tells_members(path, "tasks"); /* threads, of which these two have one each */
  }
  endmntent(mounts);
  if (seen == 0) puts("no control groups are to be seen here");
  end_child(child);
  return done();
}
