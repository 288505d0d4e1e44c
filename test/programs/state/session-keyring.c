/* A key in a session keyring that the program has begun for itself. */
#include "keys.h"

int main(void) {
  begin();
  must(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
  long key = add_key_to(KEY_SPEC_SESSION_KEYRING);
  await_go();
  check_key(key);
  done();
}
