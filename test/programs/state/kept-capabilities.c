/* What is said of capabilities over a change of user: the keep flag, and the bits that say how root is treated. */
#include "check.h"
#include <linux/securebits.h>
#include <sys/prctl.h>

int main(void) {
  begin();
  must(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_KEEP_CAPS | SECBIT_NO_CAP_AMBIENT_RAISE));
  await_go();
  expect("the bits", SECBIT_NOROOT | SECBIT_KEEP_CAPS | SECBIT_NO_CAP_AMBIENT_RAISE, must(prctl(PR_GET_SECUREBITS)));
  expect("the keep flag", 1, must(prctl(PR_GET_KEEPCAPS)));
  must(setresuid(1000, 1000, 1000));
  must(prctl(PR_SET_KEEPCAPS, 0));
  done();
}
