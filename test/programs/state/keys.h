/* Keys of the kernel. */
#pragma once
#include "process.h"
#include <linux/keyctl.h>
#include <sys/syscall.h>

UNUSED static long add_key_to(int ring) { return must(syscall(SYS_add_key, "user", "appshot-test", "secret", 6, ring)); }
UNUSED static void check_key(long key) {
  char text[16] = {0};
  expect("bytes of the key", 6, must(syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof text)));
  expect_text("the key", "secret", text);
}
