/* Threads frozen inside calls that wait, on a pipe, futex, poll, epoll, semaphore, accept, message queue or for a child, just wait on. */
#include "file.h"
#include "thread.h"
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { WAYS = 8 };
static struct channel pipes[3];
static int epoll, listener, queue, semaphores;
static _Atomic int word;
static sem_t gate;
static _Atomic int returned;

static void in_read(void *unused) { (void)unused; expect("what read gave", 11, hear(pipes[0])); returned++; }
static void in_poll(void *unused) {
  (void)unused;
  struct pollfd on = {pipes[1].from, POLLIN, 0};
  expect("what poll gave", 1, must(poll(&on, 1, -1)));
  returned++;
}
static void in_epoll(void *unused) {
  (void)unused;
  struct epoll_event event;
  expect("what epoll_wait gave", 1, must(epoll_wait(epoll, &event, 1, -1)));
  expect("its data", 5193, event.data.u64);
  returned++;
}
static void in_futex(void *unused) {
  (void)unused;
  expect("what futex gave", 0, must(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0)));
  returned++;
}
static void in_sem_wait(void *unused) { (void)unused; must(sem_wait(&gate)); returned++; }
static void in_accept(void *unused) { (void)unused; must(accept(listener, NULL, NULL)); returned++; }
static void in_msgrcv(void *unused) {
  (void)unused;
  struct { long type; char text[8]; } message;
  expect("length of a message", 3, must(msgrcv(queue, &message, 8, 7, 0)));
  returned++;
}
static void in_semop(void *unused) { (void)unused; must(semop(semaphores, &(struct sembuf){0, -2, 0}, 1)); returned++; }

int main(void) {
  begin();
  static void (*const ways[WAYS])(void *) = {in_read, in_poll, in_epoll, in_futex, in_sem_wait, in_accept, in_msgrcv, in_semop};
  for (int i = 0; i < 3; i++) pipes[i] = channel();
  epoll = (int)must(epoll_create1(0));
  must(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[2].from, &(struct epoll_event){.events = EPOLLIN, .data.u64 = 5193}));
  must(sem_init(&gate, 0, 0));
  listener = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  snprintf(name.sun_path, sizeof name.sun_path, "%s", own_path("socket"));
  must(bind(listener, (struct sockaddr *)&name, sizeof name));
  must(listen(listener, 5));
  queue = (int)must(msgget(IPC_PRIVATE, 0600));
  semaphores = (int)must(semget(IPC_PRIVATE, 1, 0600));
  static struct sleeper threads[WAYS];
  for (int i = 0; i < WAYS; i++) sleep_in(&threads[i], ways[i], NULL);
  await_go();
  expect("calls that returned by themselves", 0, returned);
  for (int i = 0; i < WAYS; i++) until_state(getpid(), threads[i].tid, 'S');
  for (int i = 0; i < 3; i++) tell(pipes[i], 11);
  word = 1;
  expect("waiters that the futex woke", 1, must(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0)));
  must(sem_post(&gate));
  int client = (int)must(socket(AF_UNIX, SOCK_STREAM, 0));
  must(connect(client, (struct sockaddr *)&name, sizeof name));
  must(msgsnd(queue, &(struct { long type; char text[8]; }){7, "abc"}, 3, 0));
  must(semop(semaphores, &(struct sembuf){0, 2, 0}, 1));
  for (int i = 0; i < WAYS; i++) join(&threads[i]);
  expect("calls that returned", WAYS, returned);
  must(unlink(name.sun_path));
  must(msgctl(queue, IPC_RMID, NULL));
  must(semctl(semaphores, 0, IPC_RMID));
  done();
}
