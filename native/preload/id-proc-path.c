/* Names of processes and threads in paths below /proc. */
#include "preload/abstract-names.h"
#include "preload/proc.h"
#include <fcntl.h>
#include <string.h>

int proc_number(const char *at, const char **after) {
  int number = 0, digits = 0;
  for (; *at >= '0' && *at <= '9' && digits < 10; at++, digits++) number = (int)((unsigned)number * 10u + (unsigned)(*at - '0'));
  *after = at;
  return digits == 0 || number < 0 || (*at != '\0' && *at != '/') ? -1 : number;
}

char *proc_put(char *to, int number) {
  char digits[12];
  int count = 0;
  unsigned rest = number < 0 ? 0u - (unsigned)number : (unsigned)number;
  do digits[count++] = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (number < 0) *to++ = '-';
  while (count > 0) *to++ = digits[--count];
  return to;
}

bool proc_place(int fd, char place[PROC_PATH]) {
  char path[32] = "/proc/self/cwd";
  if (fd != AT_FDCWD) *proc_put(stpcpy(path, "/proc/self/fd/"), fd) = '\0';
  long length = raw4(SYS_readlinkat, AT_FDCWD, path, place, PROC_PATH - 1);
  if (length <= 0) return false;
  place[length] = '\0';
  const char *rest = proc_after(place, "/proc");
  return rest != NULL && (*rest == '\0' || *rest == '/');
}

/* The name of one process or thread, translated; what names none of the instance becomes 0, which the kernel gives nobody. */
static const char *put_process(char **to, const char *from) {
  const char *after;
  int number = proc_number(from, &after);
  long system = number > 0 ? pid_wanted(number, false) : -1;
  *to = proc_put(*to, system > 0 ? (int)system : 0);
  return after;
}

/* `from`: what follows "/proc/" */
static bool translate(const char *from, char other[PROC_PATH]) {
  const char *after, *own = proc_after(from, "self/");
  char *to = stpcpy(other, "/proc/");
  bool named = proc_number(from, &after) >= 0;
  if (named) from = put_process(&to, from);
  else if (own != NULL) to = stpcpy(to, "self"), from = own - 1;
  else return false;
  const char *thread = proc_after(from, "/task/");
  if (thread != NULL && proc_number(thread, &after) >= 0) {
    to = stpcpy(to, "/task/");
    from = put_process(&to, thread);
    named = true;
  }
  if (!named || strlen(from) >= PROC_PATH - (size_t)(to - other)) return false;
  strcpy(to, from);
  return true;
}

/* A name relative to a directory of /proc, which itself is named as the kernel does. */
static bool translate_relative(int directory, const char *path, char other[PROC_PATH]) {
  char place[PROC_PATH];
  const char *after, *task = proc_after(path, "task/"), *own = proc_after(path, "self/task/");
  bool digits = proc_number(path, &after) >= 0 || (task != NULL && proc_number(task, &after) >= 0) || own != NULL;
  if (!digits || !proc_place(directory, place)) return false;
  if (strcmp(place, "/proc") == 0) return translate(path, other);
  size_t length = strlen(place);
  const char *last = place + length - 5;
  bool of_task = length > 5 && strcmp(last, "/task") == 0;
  char *to = stpcpy(other, place);
  *to++ = '/';
  if (strlen(path) + 16 >= PROC_PATH - length || (!of_task && task == NULL)) return false;
  if (!of_task) to = stpcpy(to, "task/"), path = task;
  strcpy(to, put_process(&to, path));
  return true;
}

bool proc_is_other(int directory, const char *path, bool succeeded, char other[PROC_PATH]) {
  if (LIKELY(!ids_on()) || path == NULL || (!succeeded && errno != ENOENT)) return false;
  int kept = errno;
  const char *rest = proc_after(path, "/proc/");
  bool found = rest != NULL ? translate(rest, other) : *path != '/' && translate_relative(directory, path, other);
  errno = kept;
  return found;
}

bool proc_socket(const struct sockaddr *address, socklen_t length, struct unix_name *own) {
  const size_t head = offsetof(struct sockaddr_un, sun_path);
  char other[PROC_PATH], path[sizeof own->address.sun_path + 1] = "";
  if (LIKELY(!ids_on()) || address == NULL || length <= head || length > sizeof own->address || !readable(address, length)) return false;
  const struct sockaddr_un *asked = (const void *)address;
  if (asked->sun_family != AF_UNIX || asked->sun_path[0] != '/') return false;
  memcpy(path, asked->sun_path, length - head);
  if (!proc_is_other(AT_FDCWD, path, true, other) || strlen(other) >= sizeof own->address.sun_path) return false;
  own->address.sun_family = AF_UNIX;
  own->length = (socklen_t)(head + 1 + (size_t)(stpcpy(own->address.sun_path, other) - own->address.sun_path));
  return true;
}
