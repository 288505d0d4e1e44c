/* Whether an image is whole and this machine can run it: asked before anything is made for it. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/cpu.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/self.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/utsname.h>

static int check_kernel(const struct image_header *header) {
  struct utsname name;
  long r = sys1(SYS_uname, &name);
  if (r < 0) return fail(r, "ask for the release of", "the kernel");
  if (strcmp(name.release, header->kernel_release)) return fail(-ENOEXEC, "run an image of kernel", header->kernel_release);
  return 0;
}

static int check_cpu(const struct image_header *header) {
  struct cpu cpu;
  cpu_read(&cpu);
  if (header->xcr0 & ~cpu.xcr0) return fail_at(-ENOEXEC, "run an image that needs CPU state components", header->xcr0 & ~cpu.xcr0);
  for (int i = 0; i < 3; i++)
    if (header->cpu_features[i] & ~cpu.features[i])
      return fail_at(-ENOEXEC, "run an image that needs CPU features", header->cpu_features[i] & ~cpu.features[i]);
  return 0;
}

int image_check(uint64_t file_size) {
  const struct image_header *header = image.header;
  if (file_size < sizeof *header || memcmp(header->magic, IMAGE_MAGIC, sizeof header->magic))
    return fail(-ENOEXEC, "recognise", "the image");
  if (header->version != IMAGE_VERSION) return fail_number(-ENOEXEC, "read an image of version", header->version);
  if (header->header_size != sizeof *header || header->page_size != PAGE || header->header_size + header->records_size != file_size)
    return fail(-EPROTO, "read all of", "the image");
  return check_kernel(header) < 0 ? -1 : check_cpu(header);
}
