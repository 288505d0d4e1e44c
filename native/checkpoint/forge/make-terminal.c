/* Pseudo-terminals of the instance's own /dev/pts. A master gets the number that it had, its slaves are opened by that. */
#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/process-tree.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/terminals.h"
#include "checkpoint/forge/text.h"
#include <asm/ioctls.h>
#include <asm/termbits.h>

#define MOST 256

static const struct image_terminal *terminal_of(const struct description *d) {
  return d->item.head->type == RECORD_TERMINAL ? d->item.data : NULL;
}

static long open_slave(const struct image_terminal *t, uint32_t flags) {
  char path[32];
  struct line line = line_in(path, sizeof path);
  put(&line, "/dev/pts/");
  put_number(&line, t->index);
  return sys_open(path, (int)(flags & (O_ACCMODE | O_NONBLOCK | O_APPEND)) | O_NOCTTY | O_CLOEXEC, 0);
}

/* The kernel gives the lowest free number: those below are held until the right one has come. */
static int open_master(const struct image_terminal *t) {
  static long held[MOST];
  int count = 0, fd = -1;
  unsigned index = 0;
  while (fd < 0 && count < MOST) {
    long next = sys_open("/dev/pts/ptmx", (int)(t->flags & (O_ACCMODE | O_NONBLOCK)) | O_NOCTTY | O_CLOEXEC, 0);
    if (next < 0 || sys3(SYS_ioctl, next, TIOCGPTN, &index) < 0) break;
    if (index == t->index) fd = (int)next;
    else held[count++] = next;
  }
  while (count > 0) sys_close(held[--count]);
  return fd < 0 ? fail_number(-EBUSY, "make the terminal number", t->index) : fd;
}

/* What had been written comes by the slave once more, as it is. */
static int write_output(int master, const struct description *d) {
  const struct image_terminal *t = terminal_of(d);
  if (t->size > d->item.size - sizeof *t) return fail_number(-EPROTO, "read the output of terminal", t->index);
  if (!t->size && !t->hung_up) return 0;
  struct termios2 plain;
  memcpy(&plain, t->settings, sizeof plain);
  plain.c_oflag = 0;
  long slave = open_slave(t, O_RDWR | O_NONBLOCK), n = slave < 0 ? slave : sys3(SYS_ioctl, master, TCSETS2, &plain);
  const char *bytes = (const char *)(t + 1);
  for (uint64_t done = 0; n >= 0 && done < t->size; done += (uint64_t)n)
    if ((n = sys_write(slave, bytes + done, t->size - done)) == 0) n = -EIO;
  if (slave >= 0) sys_close(slave);
  return n < 0 ? fail_number(n, "write again the output of terminal", t->index) : 0;
}

static int set_up(int fd, const struct description *d) {
  const struct image_terminal *t = terminal_of(d);
  int no = 0, yes = 1;
  const uint16_t size[4] = {t->rows, t->columns, t->width, t->height};
  char path[32];
  struct line line = line_in(path, sizeof path);
  put(&line, "/dev/pts/");
  put_number(&line, t->index);
  long r = sys3(SYS_ioctl, fd, TIOCSPTLCK, &no);
  if (r < 0 || write_output(fd, d) < 0) return r < 0 ? fail_number(r, "unlock terminal", t->index) : -1;
  r = sys3(SYS_ioctl, fd, TCSETS2, t->settings);
  if (r >= 0) r = sys3(SYS_ioctl, fd, TIOCSWINSZ, size);
  if (r >= 0 && t->packet) r = sys3(SYS_ioctl, fd, TIOCPKT, &yes);
  if (r >= 0) r = sys3(SYS_chown, path, t->uid, t->gid);
  if (r >= 0) r = sys2(SYS_chmod, path, t->mode);
  return r < 0 ? fail_number(r, "set up terminal", t->index) : 0;
}

static struct description *master_of(uint32_t index) {
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct image_terminal *t = terminal_of(&image.descriptions[i]);
    if (t && !t->slave && t->index == index) return &image.descriptions[i];
  }
  return NULL;
}

int make_terminal(struct description *d) {
  const struct image_terminal *t = terminal_of(d);
  if (!t->slave) {
    int fd = open_master(t);
    return fd < 0 || set_up(fd, d) < 0 ? -1 : fd;
  }
  struct description *master = master_of(t->index);
  if (!master) return fail_number(-EPROTO, "find the master of terminal", t->index);
  if (description_make(master) < 0) return -1;
  long fd = open_slave(t, t->flags);
  return fd < 0 ? fail_number(fd, "open terminal", t->index) : (int)fd;
}

/* Only now: with its last opening a terminal loses what was typed. */
static int type_again(const struct description *d) {
  const struct image_terminal *t = terminal_of(d);
  int typed = 0;
  for (uint32_t i = 0; i < image.typed_count; i++) typed |= image.typed[i].head->id == d->item.head->id;
  if (!typed) return 0;
  long slave = open_slave(t, O_RDWR | O_NONBLOCK);
  if (slave < 0) return fail_number(slave, "open terminal", t->index);
  int r = typed_again(d, slave);
  sys_close(slave);
  return r;
}

int terminals_finish(void) {
  int yes = 1;
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct description *d = &image.descriptions[i];
    const struct image_terminal *t = terminal_of(d);
    if (!t || t->slave || d->fd < 0) continue;
    if (type_again(d) < 0) return -1;
    long r = t->locked ? sys3(SYS_ioctl, d->fd, TIOCSPTLCK, &yes) : 0;
    if (r >= 0 && t->exclusive) r = sys3(SYS_ioctl, d->fd, TIOCEXCL, 0);
    if (r < 0) return fail_number(r, "lock terminal", t->index);
  }
  return 0;
}

static const struct image_terminal *controlling(const struct image_process *p) {
  for (uint32_t i = 0; i < image.description_count; i++) {
    const struct image_terminal *t = terminal_of(&image.descriptions[i]);
    if (t && !t->slave && t->session && t->session == p->pid) return t;
  }
  return NULL;
}

int terminal_control(const struct image_process *leader) {
  const struct image_terminal *t = controlling(leader);
  if (!t || (leader->flags & PROCESS_ZOMBIE)) return 0;
  long fd = open_slave(t, O_RDWR), r = fd < 0 ? fd : sys3(SYS_ioctl, fd, TIOCSCTTY, 0);
  if (fd >= 0) sys_close(fd);
  return r < 0 ? fail_number(r, "take the controlling terminal number", t->index) : 0;
}

int terminal_foreground(const struct image_process *leader) {
  const struct image_terminal *t = controlling(leader);
  if (!t || !t->foreground || leader->sid != leader->pid) return 0;
  if (shared()->created_expected > 1 && wait_count(&shared()->grouped, shared()->created_expected) < 0) return -1;
  int group = system_process(t->foreground);
  long fd = open_slave(t, O_RDWR), r = fd < 0 ? fd : sys3(SYS_ioctl, fd, TIOCSPGRP, &group);
  if (fd >= 0) sys_close(fd);
  if (r == -ESRCH || r == -EPERM) return 0; /* a group whose last member has ended */
  return r < 0 ? fail_number(r, "set the foreground group of terminal", t->index) : 0;
}
