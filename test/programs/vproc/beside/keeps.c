/* Beside another preload library, whose name is the first argument: that library does its work, and memory, a child, a thread and SysV objects are
 * what they were. (Programs of this folder are run as those of ../../state are.) */
#include "../../state/process.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio_ext.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#define BLOCKS 4000

static unsigned *blocks[BLOCKS];
static size_t words_of(int i) { return 1 + (size_t)i * 7 % 900; }

static void fill(int i) {
  blocks[i] = must_have(malloc(words_of(i) * sizeof *blocks[i]));
  for (size_t at = 0; at < words_of(i); at++) blocks[i][at] = (unsigned)i ^ (unsigned)at;
}
static void look(int i) {
  for (size_t at = 0; at < words_of(i); at++) expect("a word of the heap", (unsigned)i ^ (unsigned)at, blocks[i][at]);
}

/* What the other library is there for. */
static void expect_work_of(const char *other) {
  if (strcmp(other, "jemalloc") == 0) must_have(dlsym(RTLD_DEFAULT, "mallctl"));
  if (strcmp(other, "tcmalloc") == 0) must_have(dlsym(RTLD_DEFAULT, "tc_malloc"));
  if (strcmp(other, "faketime") == 0) {
    time_t now = time(NULL);
    expect("the year", 101, gmtime(&now)->tm_year);
  }
  if (strcmp(other, "eatmydata") == 0) expect("fsync of a pipe, which the kernel refuses", 0, fsync(channel().to));
  if (strcmp(other, "stdbuf") == 0) expect("room of stdout's buffer", 1, (putchar('\n'), __fbufsize(stdout)));
  if (strcmp(other, "fakeroot") == 0) {
    char path[] = "/var/tmp/appshot-beside-XXXXXX";
    struct stat told, own;
    close((int)must(mkstemp(path)));
    must(chown(path, 12, 13));
    must(stat(path, &told));
    must(syscall(SYS_stat, path, &own));
    expect("whose the file is said to be", 12, told.st_uid);
    expect("whose group", 13, told.st_gid);
    expect("whose it is", own.st_uid != 12, 1);
    must(unlink(path));
  }
}

static struct channel leave, answered;
static int go_on(pid_t parent, pid_t self) {
  expect("what is heard", 1, hear(leave));
  expect("the child's pid", self, getpid());
  expect("the child's parent", parent, getppid());
  tell(answered, 2);
  return 7;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static bool may_end;
static void *wait_for_end(void *nothing) {
  pid_t self = gettid();
  must_zero(pthread_mutex_lock(&lock));
  while (!may_end) must_zero(pthread_cond_wait(&woken, &lock));
  must_zero(pthread_mutex_unlock(&lock));
  expect("the thread's id", self, gettid());
  return nothing;
}

int main(int count, char **words) {
  const char *other = count > 1 ? words[1] : "none";
  begin();
  for (int i = 0; i < BLOCKS; i++) fill(i);
  for (int i = 0; i < BLOCKS; i += 3) free(blocks[i]);
  leave = channel(), answered = channel();
  pid_t self = getpid(), parent = getppid(), child = (pid_t)must(fork());
  if (child == 0) _exit(go_on(self, getpid()));
  pthread_t thread;
  must_zero(pthread_create(&thread, NULL, wait_for_end, NULL));
  int sem = (int)must(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600)), shm = (int)must(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
  must(semctl(sem, 0, SETVAL, 5));
  strcpy(must_have(shmat(shm, NULL, 0)), "shared");
  expect_work_of(other);
  await_go();
  expect("the pid", self, getpid());
  expect("the parent", parent, getppid());
  for (int i = 0; i < BLOCKS; i += 3) fill(i);
  for (int i = 0; i < BLOCKS; i++) look(i), free(blocks[i]);
  must(kill(child, 0));
  tell(leave, 1);
  expect("what the child answers", 2, hear(answered));
  expect("how it ends", 7, reap(child));
  must_zero(pthread_mutex_lock(&lock));
  may_end = true;
  must_zero(pthread_cond_signal(&woken));
  must_zero(pthread_mutex_unlock(&lock));
  must_zero(pthread_join(thread, NULL));
  expect("the semaphore", 5, must(semctl(sem, 0, GETVAL)));
  expect_text("the segment", "shared", must_have(shmat(shm, NULL, 0)));
  must(semctl(sem, 0, IPC_RMID));
  must(shmctl(shm, IPC_RMID, NULL));
  expect_work_of(other);
  const char *helper = getenv("HELPER"); /* the other library's own process, which knows this program by messages */
  if (helper != NULL) must(kill(atoi(helper), SIGTERM));
  done();
}
