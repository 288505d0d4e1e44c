/* Trees that libc walks by itself have processes under the ids that the calls say, and those alone that there are. */
#include "check.h"
#include <ftw.h>
#include <sys/stat.h>

static pid_t child;
static int met, unknown, below, walks;
static char place_of_child[64];

static int is_below(const char *path) { return strncmp(path, place_of_child, strlen(place_of_child)) == 0; }

static int process(const char *path, const struct stat *about, int type, struct FTW *place) {
  int number = atoi(path + place->base);
  (void)about;
  CHECK(place->base > 0 && path[place->base - 1] == '/' && strchr(path + place->base, '/') == NULL);
  if (place->level == 0) return FTW_CONTINUE;
  if (is_below(path)) {
    below += place->level > 1;
    met += place->level == 1;
    CHECK(place->level > 1 || (number == child && type == FTW_D));
    return place->level > 2 ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
  }
  if (number > 0 && kill(number, 0) < 0 && errno == ESRCH) unknown++;
  return type == FTW_D ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

/* A process may end between its being found and its being asked after. */
static void all(void) {
  for (int tries = 0; tries < 100; tries++) {
    met = unknown = below = 0;
    CHECK(nftw("/proc", process, 8, FTW_PHYS | FTW_ACTIONRETVAL) == 0);
    CHECK(met == 1 && below > 20);
    if (unknown == 0) return;
  }
  CHECK(!"a process is listed that isn't there");
}

static int inner(const char *path, const struct stat *about, int type, struct FTW *place) {
  (void)about, (void)type, (void)place;
  CHECK(is_below(path));
  return 43;
}

static char thread_path[128];
static int thread(const char *path, const struct stat *about, int type, struct FTW *place) {
  char name[128];
  (void)about;
  CHECK(is_below(path) && (type == FTW_DP || type == FTW_F || type == FTW_SL || type == FTW_NS || type == FTW_DNR));
  snprintf(name, sizeof name, "%d", (int)child);
  if (strcmp(path, thread_path) == 0) {
    CHECK(type == FTW_DP && place->level == 1 && strcmp(path + place->base, name) == 0);
    met++;
  }
  if (walks++ == 0) CHECK(nftw(place_of_child, inner, 4, FTW_PHYS) == 43);
  return 0;
}

static int stops(const char *path, const struct stat *about, int type, struct FTW *place) {
  (void)about, (void)type, (void)place;
  return strcmp(path, thread_path) == 0 ? FTW_SKIP_SUBTREE : 0; /* where nobody asked for it, a number as any other */
}

static void one(void) {
  char path[80];
  snprintf(path, sizeof path, "%s/task", place_of_child);
  snprintf(thread_path, sizeof thread_path, "%s/%d", path, (int)child);
  met = 0;
  CHECK(nftw(path, thread, 8, FTW_PHYS | FTW_DEPTH) == 0 && met == 1);
  CHECK(nftw(path, stops, 8, FTW_PHYS) == FTW_SKIP_SUBTREE && nftw(path, stops, 8, FTW_PHYS | FTW_ACTIONRETVAL) == 0);
  FAILS(nftw("/proc/1073741823", stops, 8, FTW_PHYS), ENOENT);
}

static int file(const char *path, const struct stat *about, int type) {
  (void)about;
  CHECK(is_below(path) && (type == FTW_D || type == FTW_F));
  return ++met == 3 ? 44 : 0;
}

static void plainly(void) {
  char path[128];
  snprintf(path, sizeof path, "%s/fdinfo", place_of_child);
  met = 0;
  CHECK(ftw(path, file, 8) == 44 && met == 3);
  FAILS(ftw("/proc/1073741823", file, 8), ENOENT);
}

int main(void) {
  child = idle_child();
  snprintf(place_of_child, sizeof place_of_child, "/proc/%d", (int)child);
  all();
  one();
  plainly();
  end_child(child);
  return done();
}
