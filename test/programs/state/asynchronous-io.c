/* Rings of the older asynchronous I/O: what has happened and was not taken yet, what was still on its way, and who waits for more. */
#include "file.h"
#include "thread.h"
#include <linux/aio_abi.h>
#include <sys/mman.h>

#define PLACES 300
#define BLOCK 4096
#define MANY 48

static aio_context_t idle, used, direct, awaited;
static int file, ends[2];

static void submit(aio_context_t context, int fd, int operation, const void *buffer, size_t size, uint64_t data, off_t offset) {
  struct iocb request = {.aio_data = data, .aio_lio_opcode = (uint16_t)operation, .aio_fildes = (uint32_t)fd, .aio_buf = (uint64_t)buffer,
                         .aio_nbytes = size, .aio_offset = offset}, *list[] = {&request};
  expect("requests accepted", 1, must(syscall(SYS_io_submit, context, 1, list)));
}

static struct io_event take(aio_context_t context) {
  struct io_event event = {0};
  expect("events given", 1, must(syscall(SYS_io_getevents, context, 1, 1, &event, NULL)));
  return event;
}

static void expect_event(aio_context_t context, uint64_t data, long long result) {
  struct io_event event = take(context);
  expect("data of the event", data, event.data);
  expect("its result", result, event.res);
}

static void expect_empty(aio_context_t context) {
  struct io_event event;
  struct timespec now = {0, 0};
  expect("events that are left", 0, must(syscall(SYS_io_getevents, context, 0, 1, &event, &now)));
}

/* Around the end of the ring, so that its places are neither all fresh nor in order. */
static void use_up(aio_context_t context, int times) {
  for (int i = 0; i < times; i++) {
    submit(context, file, IOCB_CMD_PWRITE, "x", 1, 7, 0);
    expect_event(context, 7, 1);
  }
}

static void wait_for_event(void *unused) {
  (void)unused;
  expect_event(awaited, 99, 1);
}

static void prove_child(int gate, aio_context_t parents) {
  struct io_event event;
  char byte;
  must(read(gate, &byte, 1));
  expect_errno(EINVAL, syscall(SYS_io_getevents, parents, 0, 1, &event, NULL));
  aio_context_t own = 0;
  must(syscall(SYS_io_setup, 4, &own));
  must(syscall(SYS_io_destroy, own));
  _exit(5);
}

int main(void) {
  begin();
  const char *name = own_path("aio");
  file = file_with(name, "", 0);
  must(syscall(SYS_io_setup, 4, &idle));
  must(syscall(SYS_io_setup, PLACES, &used));
  must(syscall(SYS_io_setup, MANY, &direct));
  must(syscall(SYS_io_setup, 4, &awaited));
  use_up(used, 700);
  for (uint64_t i = 0; i < PLACES; i++) submit(used, file, IOCB_CMD_PWRITE, "wonderful", 1 + i % 9, 1000 + i, 0);
  must(pipe(ends));
  pid_t child = (pid_t)must(fork());
  if (child == 0) prove_child(ends[0], used);
  static struct sleeper waiter;
  sleep_in(&waiter, wait_for_event, NULL);

  /* Some of these may still be on their way when the freeze comes. */
  int straight = open(name, O_RDWR | O_DIRECT | O_CLOEXEC);
  if (straight < 0) straight = (int)must(open(name, O_RDWR | O_CLOEXEC));
  char *blocks = must_have(mmap(NULL, MANY * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  memset(blocks, 'b', MANY * BLOCK);
  for (uint64_t i = 0; i < MANY; i++) submit(direct, straight, IOCB_CMD_PWRITE, blocks + i * BLOCK, BLOCK, i, (off_t)(BLOCK * (1 + i)));
  await_go();

  expect_empty(idle);
  submit(idle, file, IOCB_CMD_PWRITE, "yes", 3, 5, 0);
  expect_event(idle, 5, 3);
  for (uint64_t i = 0; i < PLACES; i++) expect_event(used, 1000 + i, 1 + (long long)(i % 9));
  expect_empty(used);
  use_up(used, 700);
  uint64_t seen = 0;
  for (int i = 0; i < MANY; i++) {
    struct io_event event = take(direct);
    expect("its result", BLOCK, event.res);
    seen |= 1ull << event.data;
  }
  expect("all of them", (1ull << MANY) - 1, seen);
  expect_empty(direct);
  submit(awaited, file, IOCB_CMD_PWRITE, "z", 1, 99, 0);
  join(&waiter);
  must(write(ends[1], "g", 1));
  expect("what the child says", 5, reap(child));
  must(syscall(SYS_io_destroy, idle));
  must(syscall(SYS_io_destroy, used));
  must(syscall(SYS_io_destroy, direct));
  must(syscall(SYS_io_destroy, awaited));
  must(unlink(name));
  done();
}
