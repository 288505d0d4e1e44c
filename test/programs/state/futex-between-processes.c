/* Processes that wait on one word of shared memory, by the kernel's own call. */
#include "memory.h"
#include "process.h"
#include <linux/futex.h>
#include <sys/syscall.h>

int main(void) {
  begin();
  enum { COUNT = 3 };
  uint32_t *word = must_have(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pid_t children[COUNT];
  for (int i = 0; i < COUNT; i++) {
    children[i] = (pid_t)must(fork());
    if (children[i] != 0) continue;
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == 0) syscall(SYS_futex, word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1 << i);
    _exit(20 + i);
  }
  for (int i = 0; i < COUNT; i++) until_state(children[i], children[i], 'S');
  await_go();
  for (int i = 0; i < COUNT; i++) until_state(children[i], children[i], 'S');
  __atomic_store_n(word, 1, __ATOMIC_RELEASE);
  expect("how many wait for the second bit", 1, must(syscall(SYS_futex, word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2)));
  expect("how the second ended", 21, reap(children[1]));
  expect("how many wait still", 2, must(syscall(SYS_futex, word, FUTEX_WAKE, 10, NULL, NULL, 0)));
  expect("how the first ended", 20, reap(children[0]));
  expect("how the third ended", 22, reap(children[2]));
  done();
}
