/* Fifty threads, each asleep in a call of another kind, go on and end; fifty new ones take their place. */
#include "thread.h"
#include <semaphore.h>
#include <sys/eventfd.h>

enum { THREADS = 50 };
static struct channel leave;
static sem_t gate;
static int event;
static _Atomic int ended;

static void wait_somehow(void *argument) {
  volatile uint64_t mark = (uint64_t)argument * 31337;
  uint64_t one;
  switch ((long)argument % 4) {
    case 0: expect("what a pipe gave", 7, hear(leave)); break;
    case 1: while (sem_wait(&gate) == -1 && errno == EINTR) continue; break;
    case 2: expect("bytes of an eventfd", 8, must(read(event, &one, 8))); break;
    default: {
      struct pollfd on = {leave.from, POLLIN, 0};
      expect("descriptors ready", 1, must(poll(&on, 1, -1)));
    }
  }
  expect("a word on the stack", (uint64_t)argument * 31337, mark);
  ended++;
}
static void start(struct sleeper *threads) {
  memset(threads, 0, THREADS * sizeof *threads);
  for (long i = 0; i < THREADS; i++) sleep_in(&threads[i], wait_somehow, (void *)i);
}
static void finish(struct sleeper *threads) {
  ended = 0;
  for (int i = 0; i < THREADS; i++) tell(leave, 7);
  for (int i = 0; i < THREADS; i++) must_zero(sem_post(&gate));
  uint64_t many = THREADS;
  expect("bytes to an eventfd", 8, must(write(event, &many, 8)));
  for (int i = 0; i < THREADS; i++) join(&threads[i]);
  expect("threads that ended", THREADS, ended);
  must(fcntl(leave.from, F_SETFL, O_NONBLOCK));
  for (char byte; read(leave.from, &byte, 1) == 1;) continue;
  must(fcntl(leave.from, F_SETFL, 0));
  while (sem_trywait(&gate) == 0) continue;
  for (uint64_t drained; many > THREADS / 4; many--)
    if (poll(&(struct pollfd){event, POLLIN, 0}, 1, 0) == 1) must(read(event, &drained, 8));
}

int main(void) {
  begin();
  leave = channel();
  must_zero(sem_init(&gate, 0, 0));
  event = (int)must(eventfd(0, EFD_SEMAPHORE));
  static struct sleeper threads[THREADS];
  start(threads);
  await_go();
  finish(threads);
  start(threads);
  finish(threads);
  done();
}
