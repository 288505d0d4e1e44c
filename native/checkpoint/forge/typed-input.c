/* What was typed into a terminal and is not read yet is typed again, at the slave, as the dumper does it for the source: under settings by which
 * no byte is taken for a key but those that end lines, and nothing is shown. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/terminals.h"
#include "checkpoint/forge/text.h"
#include <asm/ioctls.h>
#include <asm/termbits.h>

struct keys { unsigned char literal, end_of_file; };

static struct keys free_keys(const struct termios2 *settings) {
  const unsigned char *keys = settings->c_cc;
  unsigned char found[2], key = 1;
  for (int count = 0; count < 2; key++)
    if (key != '\n' && key != keys[VSTART] && key != keys[VSTOP] && key != keys[VEOL] && key != keys[VEOL2]) found[count++] = key;
  return (struct keys){found[0], found[1]};
}

static struct termios2 verbatim(const struct termios2 *settings, struct keys keys) {
  static const int unused[] = {VINTR, VQUIT, VERASE, VKILL, VSUSP, VREPRINT, VDISCARD, VWERASE, VSWTC};
  struct termios2 out = *settings;
  out.c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IUCLC | PARMRK | IMAXBEL | IXANY);
  out.c_lflag &= ~(tcflag_t)(ISIG | ECHO | ECHOE | ECHOK | ECHONL | ECHOCTL | ECHOPRT | ECHOKE | TOSTOP);
  if (!(settings->c_lflag & ICANON)) return out;
  out.c_lflag |= IEXTEN;
  for (unsigned i = 0; i < sizeof unused / sizeof *unused; i++) out.c_cc[unused[i]] = 0;
  out.c_cc[VLNEXT] = keys.literal;
  out.c_cc[VEOF] = keys.end_of_file;
  return out;
}

static long type_line(long slave, const struct image_typed *line, struct keys keys, int by_lines) {
  const char *bytes = (const char *)(line + 1);
  uint32_t last = line->end == TYPED_WHOLE ? line->size - 1 : line->size;
  long r = 0;
  for (uint32_t i = 0; i < line->size && r >= 0; i++) {
    if (by_lines && i != last) r = sys3(SYS_ioctl, slave, TIOCSTI, &keys.literal);
    if (r >= 0) r = sys3(SYS_ioctl, slave, TIOCSTI, bytes + i);
  }
  return r >= 0 && line->end == TYPED_EOF ? sys3(SYS_ioctl, slave, TIOCSTI, &keys.end_of_file) : r;
}

static long type_all(long slave, const struct item *typed, const struct termios2 *settings) {
  struct keys keys = free_keys(settings);
  struct termios2 plain = verbatim(settings, keys);
  long r = sys3(SYS_ioctl, slave, TCSETS2, &plain);
  const char *at = typed->data, *end = at + typed->size;
  while (r >= 0 && (size_t)(end - at) >= sizeof(struct image_typed)) {
    const struct image_typed *line = (const void *)at;
    if (line->size > (uint64_t)(end - at) - sizeof *line) return -EPROTO;
    r = type_line(slave, line, keys, (settings->c_lflag & ICANON) != 0);
    at += sizeof *line + ((line->size + 7) & ~7ull);
    if (at > end) break;
  }
  return r < 0 ? r : sys3(SYS_ioctl, slave, TCSETS2, settings);
}

int typed_again(const struct description *master, long slave) {
  const struct image_terminal *t = master->item.data;
  for (uint32_t i = 0; i < image.typed_count; i++) {
    if (image.typed[i].head->id != master->item.head->id) continue;
    struct termios2 settings;
    memcpy(&settings, t->settings, sizeof settings);
    long r = type_all(slave, &image.typed[i], &settings);
    if (r < 0) return fail_number(r, "type again what was typed at terminal", t->index);
  }
  return 0;
}
