/* Memory that is to come from chosen nodes, memory that is locked where it is touched, and memory that the kernel may drop. */
#include "memory.h"
#include <linux/mempolicy.h>
#include <sys/syscall.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif

static int policy_at(void *at, unsigned long *nodes) {
  int mode = 0;
  *nodes = 0;
  must(syscall(SYS_get_mempolicy, &mode, nodes, 65, at, MPOL_F_ADDR));
  return mode;
}

int main(void) {
  begin();
  unsigned long node = 1, nodes;
  char *bound = private_memory(64 * PAGE), *shared = must_have(mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  must(syscall(SYS_mbind, bound + 16 * PAGE, 32 * PAGE, MPOL_BIND, &node, 65, 0));
  must(syscall(SYS_mbind, shared, 8 * PAGE, MPOL_PREFERRED, &node, 65, 0));
  fill(bound, 64 * PAGE, 1);
  char *sparse = private_memory(4096 * PAGE), *droppable = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
  must(mlock2(sparse, 4096 * PAGE, MLOCK_ONFAULT));
  fill(sparse, PAGE, 2);
  must(mlockall(MCL_FUTURE | MCL_ONFAULT));
  await_go();
  expect("how the bound memory is spread", MPOL_BIND, policy_at(bound + 20 * PAGE, &nodes));
  expect("over which nodes", 1, nodes);
  expect("how what is before it is spread", MPOL_DEFAULT, policy_at(bound, &nodes));
  expect("how what is behind it is spread", MPOL_DEFAULT, policy_at(bound + 60 * PAGE, &nodes));
  expect("how shared memory is spread", MPOL_PREFERRED, policy_at(shared, &nodes));
  expect_filled("the bound memory", bound, 64 * PAGE, 1);
  expect("whether the sparse memory is locked", true, has_vm_flag(sparse + 100 * PAGE, "lo"));
  expect("where it is touched", true, has_vm_flag(sparse + 100 * PAGE, "lf"));
  unsigned char there = 1;
  must(mincore(sparse + 2000 * PAGE, PAGE, &there));
  expect("whether it is there before", 0, there & 1);
  char *later = private_memory(16 * PAGE);
  expect("whether later memory is locked", true, has_vm_flag(later, "lo"));
  must(mincore(later, PAGE, &there));
  expect("whether that is there before", 0, there & 1);
  if (droppable != MAP_FAILED) expect("whether memory may be dropped", true, has_vm_flag(droppable, "dp"));
  done();
}
