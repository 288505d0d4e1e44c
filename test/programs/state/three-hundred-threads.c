/* Three hundred threads, each asleep with a value of its own. */
#include "thread.h"

enum { COUNT = 300 };
static struct channel gate;
static _Thread_local int own;
static _Atomic int sum;
static void work(void *number) {
  own = (int)(intptr_t)number;
  hear(gate);
  sum += own;
}

int main(void) {
  begin();
  static struct sleeper threads[COUNT];
  gate = channel();
  for (int i = 0; i < COUNT; i++) {
    threads[i].work = work;
    threads[i].argument = (void *)(intptr_t)(i + 1);
    must_zero(pthread_create(&threads[i].thread, NULL, sleeper_main, &threads[i]));
  }
  for (int i = 0; i < COUNT; i++)
    while (threads[i].tid == 0) nap(1);
  await_go();
  close(gate.to);
  for (int i = 0; i < COUNT; i++) join(&threads[i]);
  expect("the sum of what each had", COUNT * (COUNT + 1) / 2, sum);
  done();
}
