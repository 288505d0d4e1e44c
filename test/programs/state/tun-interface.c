/* A network interface whose other end is a program can't be part of a template. */
#include "check.h"
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

enum { MISC = 10, TUN = 200 };

int main(void) {
  begin();
  char name[64];
  snprintf(name, sizeof name, "/tmp/appshot-tun-%d", (int)getpid()); /* an instance's /dev has none */
  must(mknod(name, S_IFCHR | 0600, makedev(MISC, TUN)));
  int fd = (int)must(open(name, O_RDWR | O_CLOEXEC));
  must(unlink(name));
  struct ifreq asked = {.ifr_name = "appshot%d", .ifr_flags = IFF_TUN | IFF_NO_PI}, now = {0};
  must(ioctl(fd, TUNSETIFF, &asked)); /* it goes with its descriptor */
  await_go();
  must(ioctl(fd, TUNGETIFF, &now));
  expect_text("its name", asked.ifr_name, now.ifr_name);
  done();
}
