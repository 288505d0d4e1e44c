/* Who is to be told of a message in an empty queue is told, once, and with the value that was given: by a signal, by a thread, not at all; a
 * child too; also where the queue had messages when it was frozen. */
#include "file.h"
#include "process.h"
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>

enum { EMPTY, FULL, SILENT, THREADED, CHILDS, QUEUES };
static const char *names[QUEUES];
static mqd_t queues[QUEUES];
static sem_t rung;
static int rung_with;

/* The C library's thread for it takes any signal, and so one that the program waits for. */
static void ring(union sigval value) {
  sigset_t all;
  sigfillset(&all);
  must_zero(pthread_sigmask(SIG_SETMASK, &all, NULL));
  rung_with = value.sival_int;
  must(sem_post(&rung));
}
static void open_queue(int which, const char *name) {
  names[which] = strdup(strrchr(own_path(name), '/'));
  struct mq_attr about = {.mq_maxmsg = 4, .mq_msgsize = 64};
  queues[which] = (mqd_t)must(mq_open(names[which], O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &about));
}
static void ask_for_signal(int which, int number, int value) {
  must(mq_notify(queues[which], &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number, .sigev_value.sival_int = value}));
}
static void send_to(int which) { must(mq_send(queues[which], "hello", 5, 1)); }
static void take_from(int which, int count) {
  char bytes[64];
  for (int i = 0; i < count; i++) expect("bytes of a message", 5, must(mq_receive(queues[which], bytes, sizeof bytes, NULL)));
  expect_errno(EAGAIN, mq_receive(queues[which], bytes, sizeof bytes, NULL));
}
static void expect_signal(const sigset_t *set, int number, int value) {
  siginfo_t about;
  expect("the signal", number, must(sigtimedwait(set, &about, &(struct timespec){30, 0})));
  expect("why it came", SI_MESGQ, about.si_code);
  expect("its value", value, about.si_value.sival_int);
}
static void expect_none(const sigset_t *set) { expect_errno(EAGAIN, sigtimedwait(set, NULL, &(struct timespec){0, 0})); }

int main(void) {
  begin();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGUSR2);
  must(sigprocmask(SIG_BLOCK, &set, NULL));
  must(sem_init(&rung, 0, 0));
  const char *const words[] = {"empty", "full", "silent", "threaded", "childs"};
  for (int i = 0; i < QUEUES; i++) open_queue(i, words[i]);
  send_to(FULL);
  send_to(FULL);
  ask_for_signal(EMPTY, SIGRTMIN, 77);
  ask_for_signal(FULL, SIGUSR2, 88);
  must(mq_notify(queues[SILENT], &(struct sigevent){.sigev_notify = SIGEV_NONE}));
  must(mq_notify(queues[THREADED], &(struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = ring, .sigev_value.sival_int = 99}));
  struct channel asked = channel(), go = channel(), told = channel();
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    ask_for_signal(CHILDS, SIGRTMIN, 66);
    tell(asked, '!');
    hear(go);
    expect_none(&set);
    tell(told, '!');
    expect_signal(&set, SIGRTMIN, 66);
    for (int i = 0; i < CHILDS; i++) expect_errno(EBUSY, mq_notify(queues[i], &(struct sigevent){.sigev_notify = SIGEV_NONE}));
    _exit(0);
  }
  expect("what the child says", '!', hear(asked));
  await_go();
  expect_none(&set);
  tell(go, '!');
  expect("what the child says", '!', hear(told));
  send_to(CHILDS);
  expect("how the child ended", 0, reap(child));
  send_to(EMPTY);
  expect_signal(&set, SIGRTMIN, 77);
  send_to(EMPTY);
  expect_none(&set);
  take_from(EMPTY, 2);
  send_to(FULL);
  expect_none(&set);
  take_from(FULL, 3);
  send_to(FULL);
  expect_signal(&set, SIGUSR2, 88);
  take_from(FULL, 1);
  send_to(SILENT);
  send_to(THREADED);
  struct timespec limit;
  must(clock_gettime(CLOCK_REALTIME, &limit));
  limit.tv_sec += 30;
  int got;
  do got = sem_timedwait(&rung, &limit);
  while (got == -1 && errno == EINTR);
  must(got);
  expect("the value that the thread is told with", 99, rung_with);
  ask_for_signal(EMPTY, SIGRTMIN, 78); /* as one may once more */
  send_to(EMPTY);
  expect_signal(&set, SIGRTMIN, 78);
  for (int i = 0; i < QUEUES; i++) must(mq_unlink(names[i]));
  done();
}
