/* Registered for membarrier(): it may be called still, and each thread that was there goes on. */
#include "thread.h"
#include <linux/membarrier.h>

enum { REGISTRATIONS = 1 << 9 }; /* MEMBARRIER_CMD_GET_REGISTRATIONS of Linux 6.3 */

static struct channel gate;
static long barrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }
static void work(void *unused) {
  (void)unused;
  hear(gate);
  must(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
}

int main(void) {
  begin();
  static struct sleeper thread;
  gate = channel();
  must(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED));
  must(barrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED));
  sleep_in(&thread, work, NULL);
  long registered = must(barrier(REGISTRATIONS));
  await_go();
  expect("its registrations", registered, must(barrier(REGISTRATIONS)));
  must(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
  expect_errno(EPERM, barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE));
  close(gate.to);
  join(&thread);
  done();
}
