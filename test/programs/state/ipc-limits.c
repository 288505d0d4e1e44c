/* Limits of the IPC namespace that the program has set, in the instance's own: outside of one it makes itself one, for the machine is to keep its
 * limits. Of those that it raised it makes use; below the others is what it had made before. */
#include "file.h"
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>

#define LONG 50000
struct message { long type; char text[LONG]; };
struct limit { const char *path, *text; };
static const struct limit all[] = {{"/proc/sys/kernel/msgmax", "65536\n"}, {"/proc/sys/kernel/msgmnb", "131072\n"}, {"/proc/sys/kernel/shmmax", "4096\n"},
                                   {"/proc/sys/kernel/sem", "32000\t1024000000\t499\t32001\n"}, {"/proc/sys/fs/mqueue/msg_default", "9\n"},
                                   {"/proc/sys/fs/mqueue/queues_max", "300\n"}, {}};

static bool is_the_machines(void) {
  char link[64] = "";
  must(readlink("/proc/self/ns/ipc", link, sizeof link - 1));
  return getenv("APPSHOT_AID") == NULL || strcmp(link, "ipc:[4026531839]") == 0;
}

int main(void) {
  begin();
  if (is_the_machines()) must(unshare(CLONE_NEWIPC));
  int segment = (int)must(shmget(IPC_PRIVATE, 65536, 0600));
  for (const struct limit *limit = all; limit->path; limit++) {
    int fd = open(limit->path, O_WRONLY);
    if (fd == -1 && errno == EACCES) continue; /* it may not, and has nothing to lose */
    put(fd, limit->text);
    close(fd);
  }
  int queue = (int)must(msgget(IPC_PRIVATE, 0600));
  static struct message message = {.type = 1};
  memset(message.text, 'm', LONG);
  bool raised = strcmp(content(all[0].path), all[0].text) == 0;
  if (raised) must(msgsnd(queue, &message, LONG, IPC_NOWAIT));
  char before[8][64];
  for (int i = 0; all[i].path; i++) snprintf(before[i], sizeof before[i], "%s", content(all[i].path));
  await_go();
  for (int i = 0; all[i].path; i++) expect_text(all[i].path, before[i], content(all[i].path));
  if (raised) expect("a message longer than is usual", LONG, must(msgrcv(queue, &message, LONG, 0, IPC_NOWAIT)));
  if (raised) must(msgsnd(queue, &message, LONG, IPC_NOWAIT));
  struct shmid_ds about;
  must(shmctl(segment, IPC_STAT, &about));
  expect("a segment larger than is allowed by now", 65536, about.shm_segsz);
  if (raised) expect_errno(EINVAL, shmget(IPC_PRIVATE, 65536, 0600));
  must(shmctl(segment, IPC_RMID, NULL));
  must(msgctl(queue, IPC_RMID, NULL));
  done();
}
