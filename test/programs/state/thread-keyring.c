/* A key that a thread keeps for itself in the kernel: no other of its process has it. */
#include "keys.h"
#include "thread.h"

static struct sleeper thread;
static struct channel up, gate;

static void work(void *unused) {
  (void)unused;
  long key = add_key_to(KEY_SPEC_THREAD_KEYRING);
  tell(up, 'x');
  hear(gate);
  check_key(key);
}

int main(void) {
  begin();
  up = channel(), gate = channel();
  sleep_in(&thread, work, NULL);
  hear(up);
  await_go();
  tell(gate, 'x');
  join(&thread);
  done();
}
