/* Capabilities: fewer of each kind, inherited and ambient ones; what is no more allowed stays so. */
#include "check.h"
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BIT(capability) (1u << (capability))

int main(void) {
  begin();
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  const uint32_t kept = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_SETUID) | BIT(CAP_NET_BIND_SERVICE);
  must(prctl(PR_CAPBSET_DROP, CAP_MKNOD));
  struct __user_cap_data_struct wanted[2] = {{BIT(CAP_CHOWN) | BIT(CAP_KILL), kept, BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_KILL)}, {0, 0, 0}}, now[2];
  must(syscall(SYS_capset, &head, wanted));
  must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0));
  await_go();
  must(syscall(SYS_capget, &head, now));
  expect("effective ones", wanted[0].effective, now[0].effective);
  expect("permitted ones", kept, now[0].permitted);
  expect("inheritable ones", wanted[0].inheritable, now[0].inheritable);
  expect("high ones", 0, now[1].effective | now[1].permitted | now[1].inheritable);
  expect("an ambient one", 1, must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0)));
  expect("one that is not", 0, must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0)));
  expect("one that is no more in the bounding set", 0, must(prctl(PR_CAPBSET_READ, CAP_MKNOD)));
  expect("one that is", 1, must(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN)));
  expect_errno(EPERM, setgid(1));
  expect_errno(EPERM, setuid(1));
  done();
}
