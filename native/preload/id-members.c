/* Who is written to the list of a control group's members (cgroup.procs, cgroup.threads, tasks) is moved there by the kernel, and named by a virtual id. Writing is dear
 * to wrap: nothing is looked at before this process, or the one whose memory it has a copy of, has opened such a list. What stands in a stream is
 * translated there, before the C library writes it by a call of its own. */
#include "preload/members.h"
#include "preload/proc.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>

#define NOBODY INT_MAX /* no process ever has it: the kernel says so */
#define LONGEST 32     /* bytes of one number and what stands around it */
#define LONGEST_PATH 1024

_Atomic int members_any;

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool names_members(const char *path) {
  const char *slash = strrchr(path, '/'), *last = slash != NULL ? slash + 1 : path;
  return strcmp(last, "cgroup.procs") == 0 || strcmp(last, "cgroup.threads") == 0 || strcmp(last, "tasks") == 0;
}

static bool in_control_group(int fd) {
  struct statfs about;
  return raw3(SYS_fstatfs, fd, &about, 0) >= 0 && (about.f_type == CGROUP2_SUPER_MAGIC || about.f_type == CGROUP_SUPER_MAGIC);
}

static bool is_members(int fd) {
  char link[32] = "/proc/self/fd/", path[LONGEST_PATH];
  if (!in_control_group(fd)) return false;
  *proc_put(link + sizeof "/proc/self/fd/" - 1, fd) = '\0';
  long length = raw4(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return names_members(path);
}

void members_opened(const char *path, int flags) {
  if ((flags & O_ACCMODE) != O_RDONLY && names_members(path)) members_any = 1;
}

void members_start(void) {
  if (in_control_group(1)) members_any = 1;
}

/* One number alone, as the kernel takes it; 0 is the writer himself. The length of the text to write in its place, 0 where it is to stay. */
static size_t translated(const char *text, size_t length, char own[LONGEST]) {
  if (length == 0 || length >= LONGEST) return 0;
  size_t at = 0, digits;
  long number = 0;
  while (at < length && is_blank(text[at])) at++;
  for (digits = at; digits < length && digits - at < 10 && is_digit(text[digits]); digits++) number = number * 10 + (text[digits] - '0');
  if (digits == at || number == 0 || number > INT_MAX) return 0;
  for (size_t rest = digits; rest < length; rest++)
    if (!is_blank(text[rest])) return 0;
  long system = pid_wanted((pid_t)number, false);
  char *end = proc_put(own, system > 0 ? (int)system : NOBODY);
  *end++ = '\n';
  return (size_t)(end - own);
}

EXPORT ssize_t write(int fd, const void *text, size_t length) {
  char own[LONGEST];
  size_t changed = 0;
  if (UNLIKELY(members_any) && length < LONGEST && ids_on()) {
    int kept = errno;
    if (is_members(fd) && readable(text, length)) changed = translated(text, length, own);
    errno = kept;
  }
  if (LIKELY(changed == 0)) return NEXT(write)(fd, text, length);
  ssize_t written = NEXT(write)(fd, own, changed);
  return written == (ssize_t)changed ? (ssize_t)length : written;
}
EXPORT ssize_t __write(int fd, const void *text, size_t length) __attribute__((alias("write"), copy(write)));

/* What waits in a stream to be written. */
static void translate_waiting(FILE *file) {
  char own[LONGEST];
  if (LIKELY(!members_any) || file == NULL || !ids_on()) return;
  int kept = errno;
  flockfile(file);
  size_t length = (size_t)(file->_IO_write_ptr - file->_IO_write_base), room = (size_t)(file->_IO_buf_end - file->_IO_write_base);
  size_t changed = length > 0 && length < LONGEST && is_members(fileno_unlocked(file)) ? translated(file->_IO_write_base, length, own) : 0;
  if (changed > 0 && changed <= room) {
    memcpy(file->_IO_write_base, own, changed);
    file->_IO_write_ptr = file->_IO_write_base + changed;
  }
  funlockfile(file);
  errno = kept;
}

EXPORT int fflush(FILE *file) {
  translate_waiting(file);
  return NEXT(fflush)(file);
}
EXPORT int fclose(FILE *file) {
  translate_waiting(file);
  return NEXT(fclose)(file);
}
