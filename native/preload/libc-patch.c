/* libc calls its own madvise, past every preload, and when a thread ends it does so with all signals blocked: a trap there
 * would end the process. So the first instruction of libc's madvise (`mov $28, %eax`, five bytes) becomes a jump to ours.
 * Done once, while the process starts and has one thread, and through /proc/self/mem, which needs no page to be writable and
 * executable in turn; where the code looks otherwise, or may not be written, it is left alone. */
#include "preload/memory.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>

static const unsigned char expected[] = {0xb8, SYS_madvise, 0, 0, 0, 0x0f, 0x05}; /* mov $28, %eax; syscall */
static const unsigned char branch_target[] = {0xf3, 0x0f, 0x1e, 0xfa};            /* endbr64, in hardened builds */

/* Whatever has exactly this code is libc's, or as good. */
static const unsigned char *patchable(void) {
  const unsigned char *code = dlsym(RTLD_NEXT, "madvise");
  if (code == NULL) return NULL;
  if (memcmp(code, branch_target, sizeof branch_target) == 0) code += sizeof branch_target;
  return memcmp(code, expected, sizeof expected) == 0 ? code : NULL;
}

void libc_patch(void) {
  int kept = errno;
  const unsigned char *code = patchable();
  errno = kept;
  if (code == NULL) return;
  intptr_t distance = (intptr_t)(void *)own_madvise - (intptr_t)(code + 5);
  int32_t offset = (int32_t)distance;
  if (distance != offset) return;
  unsigned char jump[5] = {0xe9};
  memcpy(jump + 1, &offset, sizeof offset);
  long fd = raw_open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  raw4(SYS_pwrite64, fd, jump, sizeof jump, code);
  raw_close(fd);
}
