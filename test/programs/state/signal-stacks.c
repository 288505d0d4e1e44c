/* Alternate signal stacks, of the main thread and of another, are where they were, and handlers run there. */
#include "thread.h"

static struct channel leave;
static __thread uintptr_t ran_at;
static void note(int number) {
  (void)number;
  ran_at = (uintptr_t)__builtin_frame_address(0);
}
static void use_stack(char *memory, size_t size) {
  stack_t now;
  must(sigaltstack(NULL, &now));
  expect("the signal stack", (intptr_t)memory, (intptr_t)now.ss_sp);
  expect("its size", size, now.ss_size);
  expect("its flags", 0, now.ss_flags);
  must(raise(SIGUSR2));
  expect("whether the handler ran on it", true, ran_at >= (uintptr_t)memory && ran_at < (uintptr_t)memory + size);
}
static void have_stack(void *unused) {
  (void)unused;
  char *memory = must_have(malloc(65536));
  must(sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = 65536}, NULL));
  hear(leave);
  use_stack(memory, 65536);
}

int main(void) {
  begin();
  leave = channel();
  char *memory = must_have(malloc(32768));
  must(sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = 32768}, NULL));
  must(sigaction(SIGUSR2, &(struct sigaction){.sa_handler = note, .sa_flags = SA_ONSTACK}, NULL));
  struct sleeper thread = {0};
  sleep_in(&thread, have_stack, NULL);
  await_go();
  use_stack(memory, 32768);
  tell(leave, 1);
  join(&thread);
  done();
}
