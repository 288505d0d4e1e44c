#include "checkpoint/dump/concurrently.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/tracee.h"

static constexpr size_t most_at_once = 16;
static constexpr size_t stack_size = 512 * 1024, guard_size = 4096; // touched pages only are memory

class Stack {
 public:
  Stack() : at_(mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) {
    if (at_ == MAP_FAILED) fail_call("make a stack of %zu bytes", stack_size);
    if (mprotect(at_, guard_size, PROT_NONE) == 0) return;
    munmap(at_, stack_size);
    fail_call("guard a stack");
  }
  Stack(const Stack &) = delete;
  Stack &operator=(const Stack &) = delete;
  ~Stack() { munmap(at_, stack_size); }
  uint64_t *end() const { return reinterpret_cast<uint64_t *>(static_cast<char *>(at_) + stack_size); }

 private:
  void *at_;
};

struct Turn {
  Stack stack;
  void *here = nullptr; // where its stack stands
  const std::function<void(size_t)> *work = nullptr;
  size_t number = 0;
  bool busy = false;
};

static void *scheduler;
static Turn *current; // null: nobody has a turn
static std::exception_ptr failed;
static bool progress;

// Keeps what a function must keep on the stack it leaves, and takes it from the one it goes on with. No system call, as swapcontext makes:
// there is nothing that could fail.
extern "C" void switch_stacks(void **from, void *to);
asm(R"(
  .text
  .type switch_stacks, @function
switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size switch_stacks, . - switch_stacks
)");

static void give_turn_back() { switch_stacks(&current->here, scheduler); }

static void begin() {
  for (;;) {
    try {
      (*current->work)(current->number);
    } catch (...) {
      if (!failed) failed = std::current_exception();
    }
    current->busy = false;
    progress = true;
    while (!current->busy) give_turn_back();
  }
}

static std::unique_ptr<Turn> new_turn(const std::function<void(size_t)> &work) {
  auto out = std::make_unique<Turn>();
  out->work = &work;
  // As begin() would find it when called: its address, which a switch returns to, below the place of a return address; six registers.
  out->stack.end()[-2] = reinterpret_cast<uint64_t>(&begin);
  out->here = out->stack.end() - 8;
  return out;
}

void concurrently(size_t count, const std::function<void(size_t)> &work) {
  std::vector<std::unique_ptr<Turn>> turns;
  for (size_t i = 0; i < std::min(count, most_at_once); i++) turns.push_back(new_turn(work));
  failed = nullptr;
  size_t next = 0;
  for (bool any = true; any;) {
    any = progress = false;
    for (auto &turn : turns) {
      if (!turn->busy && next < count && !failed) {
        turn->number = next++;
        turn->busy = true;
      }
      if (!turn->busy) continue;
      any = true;
      current = turn.get();
      switch_stacks(&scheduler, current->here);
      current = nullptr;
    }
    if (any && !progress) tracee::sleep_for_stop(2000);
  }
  if (failed) std::rethrow_exception(std::exchange(failed, nullptr));
}

void pause_for_stop(int timeout_us) {
  if (current) give_turn_back();
  else tracee::sleep_for_stop(timeout_us);
}

void note_progress() { progress = true; }
