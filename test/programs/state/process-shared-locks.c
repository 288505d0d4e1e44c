/* Locks in shared memory: a mutex that a child holds, a condition that it waits for, a robust mutex whose owner ends afterwards. */
#include "memory.h"
#include "process.h"
#include <pthread.h>

struct shared {
  pthread_mutex_t lock, robust;
  pthread_cond_t condition;
  int turn, ready;
};

int main(void) {
  begin();
  struct shared *shared = must_have(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pthread_mutexattr_t attributes;
  pthread_condattr_t condition;
  must_zero(pthread_mutexattr_init(&attributes));
  must_zero(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
  must_zero(pthread_mutex_init(&shared->lock, &attributes));
  must_zero(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
  must_zero(pthread_mutex_init(&shared->robust, &attributes));
  must_zero(pthread_condattr_init(&condition));
  must_zero(pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED));
  must_zero(pthread_cond_init(&shared->condition, &condition));
  pid_t child = (pid_t)must(fork());
  if (child == 0) {
    must_zero(pthread_mutex_lock(&shared->robust));
    must_zero(pthread_mutex_lock(&shared->lock));
    shared->ready = 1;
    while (shared->turn == 0) must_zero(pthread_cond_wait(&shared->condition, &shared->lock));
    shared->turn = 2;
    must_zero(pthread_mutex_unlock(&shared->lock));
    _exit(0); /* and leaves the robust one behind */
  }
  for (int ready = 0; !ready; nap(1)) {
    must_zero(pthread_mutex_lock(&shared->lock));
    ready = shared->ready;
    must_zero(pthread_mutex_unlock(&shared->lock));
  }
  until_state(child, child, 'S');
  await_go();
  expect("trying what a child holds", EBUSY, pthread_mutex_trylock(&shared->robust));
  must_zero(pthread_mutex_lock(&shared->lock));
  shared->turn = 1;
  must_zero(pthread_cond_signal(&shared->condition));
  must_zero(pthread_mutex_unlock(&shared->lock));
  expect("how the child ended", 0, reap(child));
  expect("whose turn it is", 2, shared->turn);
  expect("locking what a dead one held", EOWNERDEAD, pthread_mutex_lock(&shared->robust));
  must_zero(pthread_mutex_consistent(&shared->robust));
  must_zero(pthread_mutex_unlock(&shared->robust));
  must_zero(pthread_mutex_lock(&shared->robust));
  done();
}
