/* /proc says what the calls say, of the caller, a child, a thread, shared memory and a lock. */
#include "check.h"
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

static char path[128], text[65536];

static const char *path_of(pid_t pid, const char *rest) {
  snprintf(path, sizeof path, "/proc/%d%s", (int)pid, rest);
  return path;
}

static const char *contents(int directory, const char *name) {
  int fd = openat(directory, name, O_RDONLY);
  CHECK(fd >= 0);
  size_t length = 0;
  for (ssize_t got; (got = read(fd, text + length, sizeof text - 1 - length)) > 0;) length += (size_t)got;
  text[length] = '\0';
  close(fd);
  return text;
}

static int field(const char *of, const char *name) {
  const char *at = strstr(of, name);
  return at == NULL ? -1 : atoi(at + strlen(name));
}

static int lists(const char *directory, pid_t pid) {
  DIR *list = opendir(directory);
  int found = 0;
  CHECK(list != NULL);
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) found += atoi(entry->d_name) == pid;
  closedir(list);
  return found;
}

static void of_stat(const char *of, pid_t pid, pid_t parent) {
  int shown, above, group, session;
  CHECK(sscanf(of, "%d (%*[^)]) %*c %d %d %d", &shown, &above, &group, &session) == 4);
  CHECK(shown == pid && above == parent && group == getpgrp() && session == getsid(0));
}

static void of_child(pid_t child) {
  of_stat(contents(AT_FDCWD, path_of(child, "/stat")), child, getpid());
  contents(AT_FDCWD, path_of(child, "/status"));
  CHECK(field(text, "\nPid:") == child && field(text, "\nTgid:") == child && field(text, "\nPPid:") == getpid());
  FILE *status = fopen(path_of(child, "/status"), "r");
  CHECK(status != NULL && fread(text, 1, sizeof text, status) > 0 && field(text, "\nPid:") == child);
  fclose(status);
  int past = (int)syscall(SYS_openat, AT_FDCWD, path_of(child, "/stat"), O_RDONLY, 0);
  CHECK(past >= 0 && read(past, text, sizeof text) > 0 && atoi(text) == child && close(past) == 0);
  FAILS(syscall(SYS_readlink, "/proc/1073741823/exe", text, sizeof text), ENOENT);
  int directory = open("/proc", O_RDONLY | O_DIRECTORY);
  snprintf(path, sizeof path, "%d/stat", (int)child);
  of_stat(contents(directory, path), child, getpid());
  close(directory);
  struct stat about;
  CHECK(stat(path_of(child, ""), &about) == 0 && S_ISDIR(about.st_mode) && access(path_of(child, "/exe"), F_OK) == 0);
  int own = open(path_of(child, "/status"), O_RDONLY);
  CHECK(own >= 0 && (fcntl(own, F_GETFL) & O_ACCMODE) == O_RDONLY && write(own, "x", 1) == -1 && errno == EBADF);
  close(own);
  int score = creat(path_of(child, "/oom_score_adj"), 0600);
  CHECK(score >= 0 && close(score) == 0);
  CHECK(getxattr(path_of(child, "/exe"), "user.none", text, 1) == -1 && errno != ENOENT); /* as ls asks */
  CHECK(llistxattr(path_of(child, "/exe"), NULL, 0) >= 0 || errno != ENOENT);
  CHECK(lists("/proc", child) == 1 && lists("/proc", getpid()) == 1 && lists(path_of(child, "/task"), child) == 1);
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  CHECK(atoi(contents(AT_FDCWD, path)) == child);
}

/* Calls that the C library has no function for. */
static void past_libc(pid_t child) {
  struct open_how how = {.flags = O_RDONLY}, beneath = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
  int fd = (int)syscall(SYS_openat2, AT_FDCWD, path_of(child, "/stat"), &how, sizeof how);
  CHECK(fd >= 0 && read(fd, text, sizeof text) > 0 && atoi(text) == child && close(fd) == 0);
  FAILS(syscall(SYS_openat2, AT_FDCWD, path_of(child, "/stat"), &beneath, sizeof beneath), EXDEV);
  FAILS(syscall(SYS_openat2, AT_FDCWD, "/proc/1073741823/stat", &how, sizeof how), ENOENT);
  FAILS(syscall(SYS_openat2, AT_FDCWD, path, NULL, sizeof how), EFAULT);
  CHECK(syscall(SYS_faccessat2, AT_FDCWD, path_of(child, "/exe"), F_OK, AT_SYMLINK_NOFOLLOW) == 0);
}

/* A server's socket, as one sees it who looks through another process's root or directory. */
static void of_sockets(pid_t child) {
  struct sockaddr_un own = {.sun_family = AF_UNIX}, there = {.sun_family = AF_UNIX};
  int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(own.sun_path, sizeof own.sun_path, "/var/tmp/appshot-socket-%d", (int)getpid());
  snprintf(there.sun_path, sizeof there.sun_path, "/proc/%d/root%.80s", (int)child, own.sun_path);
  CHECK(bind(server, (struct sockaddr *)&own, sizeof own) == 0 && listen(server, 1) == 0);
  CHECK(connect(client, (struct sockaddr *)&there, sizeof there) == 0);
  CHECK(close(client) == 0 && close(server) == 0 && unlink(own.sun_path) == 0);
}

static void of_self(void) {
  CHECK(getpid() <= atoi(contents(AT_FDCWD, "/proc/sys/kernel/pid_max")));
  char link[64] = "";
  CHECK(readlink("/proc/self", link, sizeof link - 1) > 0 && atoi(link) == getpid());
  of_stat(contents(AT_FDCWD, "/proc/self/stat"), getpid(), getppid());
  CHECK(access(path_of(getpid(), "/fd/0"), F_OK) == 0 || access("/proc/self/fd/0", F_OK) != 0);
  CHECK(access("/proc/1073741823", F_OK) == -1 && errno == ENOENT);
}

/* Where the caller is, by every call that says it. */
static void of_place(pid_t child) {
  char before[PATH_MAX], wanted[64], got[PATH_MAX], *made;
  CHECK(getcwd(before, sizeof before) == before);
  snprintf(wanted, sizeof wanted, "/proc/%d/task/%d", (int)child, (int)child);
  CHECK(chdir(wanted) == 0 && unsetenv("PWD") == 0);
  CHECK(getcwd(got, sizeof got) == got && strcmp(got, wanted) == 0);
  CHECK(getcwd(got, strlen(wanted) + 1) == got && strcmp(got, wanted) == 0);
  CHECK(getcwd(got, strlen(wanted)) == NULL && errno == ERANGE);
  CHECK((made = getcwd(NULL, 0)) != NULL && strcmp(made, wanted) == 0);
  free(made);
  CHECK((made = getcwd(NULL, 100)) != NULL && strcmp(made, wanted) == 0);
  free(made);
  CHECK((made = get_current_dir_name()) != NULL && strcmp(made, wanted) == 0);
  free(made);
  CHECK(syscall(SYS_getcwd, got, sizeof got) == (long)strlen(wanted) + 1 && strcmp(got, wanted) == 0);
  FAILS(syscall(SYS_getcwd, got, strlen(wanted)), ERANGE);
  FAILS(syscall(SYS_getcwd, NULL, sizeof got), EFAULT);
  char *(*unbounded)(char *) = (char *(*)(char *))dlsym(RTLD_DEFAULT, "getwd"); /* the linker warns of it */
  CHECK(unbounded(got) == got && strcmp(got, wanted) == 0);
  snprintf(wanted, sizeof wanted, "/proc/%d", (int)getpid());
  CHECK(chdir("/proc/self") == 0 && getcwd(got, sizeof got) == got && strcmp(got, wanted) == 0);
  CHECK(chdir(before) == 0 && getcwd(got, sizeof got) == got && strcmp(got, before) == 0);
}

static void *thread(void *unused) {
  char link[64] = "", expected[64];
  snprintf(expected, sizeof expected, "%d/task/%d", (int)getpid(), (int)gettid());
  CHECK(readlink("/proc/thread-self", link, sizeof link - 1) > 0 && strcmp(link, expected) == 0);
  CHECK(lists("/proc/self/task", gettid()) == 1);
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)gettid());
  CHECK(atoi(contents(AT_FDCWD, path)) == gettid());
  return unused;
}

static void of_objects(void) {
  int id = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT), found = 0;
  CHECK(id >= 0);
  for (char *line = strtok((char *)contents(AT_FDCWD, "/proc/sysvipc/shm"), "\n"); line != NULL; line = strtok(NULL, "\n")) {
    int key, shown, creator;
    if (sscanf(line, "%d %d %*o %*u %d", &key, &shown, &creator) == 3 && shown == id) found += key == 0 && creator == getpid();
  }
  CHECK(found == 1 && shmctl(id, IPC_RMID, NULL) == 0);
}

static void of_locks(void) {
  FILE *file = tmpfile();
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  CHECK(file != NULL && fcntl(fileno(file), F_SETLK, &lock) == 0);
  char line[64];
  snprintf(line, sizeof line, "WRITE %d ", (int)getpid());
  CHECK(strstr(contents(AT_FDCWD, "/proc/locks"), line) != NULL);
  fclose(file);
}

int main(void) {
  of_self();
  pid_t child = idle_child();
  of_child(child);
  past_libc(child);
  of_sockets(child);
  of_place(child);
  end_child(child);
  CHECK(access(path_of(child, ""), F_OK) == -1 && errno == ENOENT && lists("/proc", child) == 0);
  pthread_t other;
  CHECK(pthread_create(&other, NULL, thread, NULL) == 0 && pthread_join(other, NULL) == 0);
  of_objects();
  of_locks();
  return done();
}
