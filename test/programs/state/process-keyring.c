/* A key that a process keeps for itself in the kernel. */
#include "keys.h"

int main(void) {
  begin();
  long key = add_key_to(KEY_SPEC_PROCESS_KEYRING);
  await_go();
  check_key(key);
  done();
}
