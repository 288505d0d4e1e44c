/* /proc under the preload mechanism: the file system is the host's, with system pids for names and in its texts. The library translates the
 * names that the program gives (id-proc-path.c), the lists that it is given (id-proc-list.c), and the texts (id-proc-text.c). */
#ifndef PRELOAD_PROC_H
#define PRELOAD_PROC_H
#include "preload/ids.h"
#include <sys/socket.h>

#define PROC_PATH 256 /* bytes; longer paths are left as they are */

/* To be asked after the call was made with the program's own path, which the kernel has read then. True: it names a process of /proc, and the
 * call is to be made again with `other`, which names nothing where the instance has no such process. */
bool proc_is_other(int directory, const char *path, bool succeeded, char other[PROC_PATH]);
/* Where a descriptor of this process leads, as a text; false: it doesn't lead below /proc. */
bool proc_place(int fd, char place[PROC_PATH]);
/* A file of /proc that was opened for reading and speaks of ids: from here on `fd` reads the text with virtual ones. */
void proc_show(int fd, const char *path, int flags);
/* Whatever was opened, by its path: the above, and the lists of members of control groups. */
void proc_opened(int fd, const char *path, int flags);
/* A unix socket that is named below /proc/PID (its root, its directory); false: it isn't, and the address stays. */
struct unix_name;
bool proc_socket(const struct sockaddr *address, socklen_t length, struct unix_name *own);

/* How a name below /proc, which the kernel has told, is to be told to the program. */
enum proc_name { PROC_SAME, PROC_RENAMED, PROC_STRANGERS };
enum proc_name proc_rename(const char *from, char to[PROC_PATH]);
/* What getcwd() as a system call has written to `room`: its length, or -1 with errno. */
long proc_cwd_shown(char *room, size_t size, long length);

/* Decimal digits at `at`; `*after` follows them. -1: there are none, or the name goes on. */
int proc_number(const char *at, const char **after);
char *proc_put(char *to, int number);
static inline const char *proc_after(const char *text, const char *prefix) {
  while (*prefix != '\0' && *text == *prefix) text++, prefix++;
  return *prefix == '\0' ? text : NULL;
}
#endif
