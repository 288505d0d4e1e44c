/* Texts of /proc that speak of ids. What the program reads is a copy with virtual ones, made when it opens the file; it stands in a file of
 * memory that takes the descriptor's place. */
#include "preload/port-lists.h"
#include "preload/ports.h"
#include "preload/proc.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#define MOST 0x100000ul      /* bytes of a text; a longer one is left as it is */
#define ROOM (4 * MOST)      /* numbers become longer */

struct text { const char *at, *end; char *out; };
enum { DROPPED = -1 };       /* the line speaks of somebody else's */
typedef bool line_function(struct text *text, const char *end);

static int own(int system) {
  int found = system > 0 ? pid_shown(system) : system;
  if (found == 0) found = pid_claim(system);
  return found != 0 ? found : system;
}
static int anybody(int system) { return system > 0 ? pid_shown(system) : system; }

static void copy_to(struct text *text, const char *end) {
  text->out = mempcpy(text->out, text->at, (size_t)(end - text->at));
  text->at = end;
}

static bool is_space(char c) { return c == ' ' || c == '\t'; }

/* The next word that lies before `end`, what stands before it copied; false: there is none. */
static bool next_word(struct text *text, const char *end) {
  const char *at = text->at;
  while (at < end && is_space(*at)) at++;
  copy_to(text, at);
  return at < end;
}
static const char *word_end(const struct text *text, const char *end) {
  const char *at = text->at;
  while (at < end && !is_space(*at)) at++;
  return at;
}
static void copy_words(struct text *text, const char *end, int count) {
  while (count-- > 0 && next_word(text, end)) copy_to(text, word_end(text, end));
}

static int read_number(const char *at) {
  bool negative = *at == '-';
  unsigned number = 0;
  for (at += negative; *at >= '0' && *at <= '9'; at++) number = number * 10 + (unsigned)(*at - '0');
  return negative ? (int)(0u - number) : (int)number;
}

static int translate_word(struct text *text, const char *end, int (*translated)(int)) {
  if (!next_word(text, end)) return 0;
  int number = translated(read_number(text->at));
  text->at = word_end(text, end);
  text->out = proc_put(text->out, number);
  return number;
}

/* PID (NAME) STATE PPID PGRP SESSION TTY TPGID ... */
static bool stat_line(struct text *text, const char *end) {
  const char *bracket = end;
  while (bracket > text->at && *bracket != ')') bracket--;
  translate_word(text, bracket, own);
  copy_to(text, bracket);
  copy_words(text, end, 2);
  for (int i = 0; i < 3; i++) translate_word(text, end, anybody);
  copy_words(text, end, 1);
  translate_word(text, end, anybody);
  return true;
}

static bool begins(const struct text *text, const char *end, const char *word) {
  size_t length = strlen(word);
  return (size_t)(end - text->at) > length && memcmp(text->at, word, length) == 0;
}

static bool status_line(struct text *text, const char *end) {
  static const char *const names[] = {"Tgid:", "Pid:", "NStgid:", "NSpid:", "PPid:", "TracerPid:", "NSpgid:", "NSsid:"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!begins(text, end, names[i])) continue;
    copy_words(text, end, 1);
    while (next_word(text, end)) translate_word(text, end, i < 4 ? own : anybody);
  }
  return true;
}

static bool children_line(struct text *text, const char *end) {
  while (next_word(text, end)) translate_word(text, end, own);
  return true;
}

/* Of a pidfd, and of locks: "lock: 1: POSIX ADVISORY WRITE PID ..." */
static bool fdinfo_line(struct text *text, const char *end) {
  if (begins(text, end, "lock:")) {
    copy_words(text, end, 5);
    translate_word(text, end, anybody);
  }
  if (!begins(text, end, "Pid:") && !begins(text, end, "NSpid:")) return true;
  copy_words(text, end, 1);
  while (next_word(text, end)) translate_word(text, end, anybody);
  return true;
}

/* "notify: signal/pid.N" */
static bool timers_line(struct text *text, const char *end) {
  if (!begins(text, end, "notify:")) return true;
  const char *dot = end;
  while (dot > text->at && *dot != '.') dot--;
  copy_to(text, dot + 1);
  translate_word(text, end, own);
  return true;
}

/* The greatest id that there can be, by which some choose how wide a column is. */
static bool pid_max_line(struct text *text, const char *end) {
  const struct table *table = ids_table();
  int most = table != NULL ? (int)(table->id_base + TABLE_ID_RANGE) : 0;
  if (read_number(text->at) >= most) return true;
  text->out = proc_put(text->out, most);
  text->at = end;
  return true;
}

/* "NAME (PID, #threads: N)" at the top. */
static bool sched_line(struct text *text, const char *end) {
  const char *bracket = end;
  while (bracket > text->at && *bracket != '(') bracket--;
  const char *digits = bracket + 1, *after = digits;
  while (after < end && *after >= '0' && *after <= '9') after++;
  if (*bracket != '(' || after == digits || end - after < 11 || memcmp(after, ", #threads:", 11) != 0) return true;
  copy_to(text, digits);
  text->out = proc_put(text->out, own(read_number(digits)));
  text->at = after;
  return true;
}

/* "1: POSIX ADVISORY WRITE PID ...", and "1: -> POSIX ..." of who waits */
static bool locks_line(struct text *text, const char *end) {
  copy_words(text, end, 1);
  if (next_word(text, end) && *text->at == '-') copy_words(text, end, 1);
  copy_words(text, end, 3);
  return translate_word(text, end, anybody) > 0;
}

static int shm_shown(int system) { return object_shown(ID_SHM, system); }
static int sem_shown(int system) { return object_shown(ID_SEM, system); }
static int msg_shown(int system) { return object_shown(ID_MSG, system); }
static int key_shown(int system) { return key_to_virtual(system); }

/* KEY ID PERMISSIONS ..., below a line of titles; then so many words to two pids. */
static bool object_line(struct text *text, const char *end, int (*shown)(int), int words) {
  if (!next_word(text, end) || *text->at == 'k') return true;
  translate_word(text, end, key_shown);
  if (translate_word(text, end, shown) < 0) return false;
  copy_words(text, end, words);
  for (int i = 0; words > 0 && i < 2; i++) translate_word(text, end, anybody);
  return true;
}
static bool shm_line(struct text *text, const char *end) { return object_line(text, end, shm_shown, 2); }
static bool sem_line(struct text *text, const char *end) { return object_line(text, end, sem_shown, 0); }
static bool msg_line(struct text *text, const char *end) { return object_line(text, end, msg_shown, 3); }

/* "0: LOCAL REMOTE STATE ...", below a line of titles */
static bool sockets_line(struct text *text, const char *end, int type) {
  if (!next_word(text, end) || *text->at < '0' || *text->at > '9') return true;
  copy_words(text, end, 1);
  char *ends = text->out;
  copy_words(text, end, 2);
  port_list_line(ends, text->out, type);
  return true;
}
static bool streams_line(struct text *text, const char *end) { return sockets_line(text, end, SOCK_STREAM); }
static bool datagrams_line(struct text *text, const char *end) { return sockets_line(text, end, SOCK_DGRAM); }

/* The members of a control group, one number a line: who lies outside of a PID namespace is 0 in there, and in groups of the first version missing. */
static bool member_line(struct text *text, const char *end) {
  translate_word(text, end, anybody);
  return true;
}
static bool known_member_line(struct text *text, const char *end) { return translate_word(text, end, anybody) > 0; }

static line_function *function_of_group(int fd) {
  struct statfs about;
  if (raw3(SYS_fstatfs, fd, &about, 0) < 0) return NULL;
  return about.f_type == CGROUP2_SUPER_MAGIC ? member_line : about.f_type == CGROUP_SUPER_MAGIC ? known_member_line : NULL;
}

static line_function *function_of(const char *place) {
  static const struct { const char *place; line_function *line; } whole[] = {
      {"/proc/locks", locks_line}, {"/proc/sys/kernel/pid_max", pid_max_line}, {"/proc/sysvipc/shm", shm_line}, {"/proc/sysvipc/sem", sem_line}, {"/proc/sysvipc/msg", msg_line}};
  static const struct { const char *name; line_function *line; } own_files[] = {
      {"stat", stat_line}, {"status", status_line}, {"children", children_line}, {"timers", timers_line}, {"sched", sched_line}};
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    if (strcmp(place, whole[i].place) == 0) return whole[i].line;
  const char *rest, *number = proc_after(place, "/proc/");
  if (number == NULL || proc_number(number, &rest) < 0 || *rest != '/') return NULL;
  const char *list = proc_after(rest, "/net/");
  if (list != NULL && ports_table() != NULL) return strncmp(list, "tcp", 3) == 0 ? streams_line : strncmp(list, "udp", 3) == 0 ? datagrams_line : NULL;
  if (!ids_on()) return NULL;
  if (proc_after(rest, "/fdinfo/") != NULL) return fdinfo_line;
  const char *task = proc_after(rest, "/task/");
  if (task != NULL && (proc_number(task, &rest) < 0 || *rest != '/')) return NULL;
  for (size_t i = 0; i < sizeof own_files / sizeof *own_files; i++)
    if (strcmp(rest + 1, own_files[i].name) == 0) return own_files[i].line;
  return task != NULL && proc_after(rest, "/fdinfo/") != NULL ? fdinfo_line : NULL;
}

/* The length of the new text. */
static size_t rewrite(const char *from, size_t length, char *to, line_function *line) {
  struct text text = {from, from + length, to};
  while (text.at < text.end) {
    const char *newline = memchr(text.at, '\n', (size_t)(text.end - text.at)), *end = newline != NULL ? newline : text.end;
    char *before = text.out;
    if (line(&text, end)) copy_to(&text, newline != NULL ? newline + 1 : end);
    else text.out = before, text.at = newline != NULL ? newline + 1 : end;
  }
  return (size_t)(text.out - to);
}

static size_t read_all(int fd, char *to) {
  size_t length = 0;
  for (long got; length < MOST && (got = raw3(SYS_read, fd, to + length, MOST - length)) > 0;) length += (size_t)got;
  return length;
}

/* Opened anew, as the program's own file was: some look whether theirs can be written before they hand it on. */
static long read_only(long copy) {
  char place[PROC_PATH] = "/proc/thread-self/fd/";
  *proc_put(place + sizeof "/proc/thread-self/fd/" - 1, (int)copy) = '\0';
  return raw_open(place, O_RDONLY | O_CLOEXEC);
}

static void replace(int fd, const char *text, size_t length) {
  long copy = raw3(SYS_memfd_create, "proc", MFD_CLOEXEC, 0);
  if (copy < 0) return;
  bool whole = raw3(SYS_write, copy, text, length) == (long)length;
  long shown = read_only(copy), flags = raw3(SYS_fcntl, fd, F_GETFD, 0);
  if (whole && shown >= 0 && flags >= 0) raw3(SYS_dup3, shown, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
  if (shown >= 0) raw_close((int)shown);
  raw_close((int)copy);
}

static bool is_among(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

/* Of ids, or of ports, which are translated whatever binds the ids. */
static bool may_speak(const char *path) {
  static const char *const ids[] = {"stat", "status", "children", "timers", "sched", "locks", "pid_max", "shm", "sem", "msg", "cgroup.procs", "cgroup.threads", "tasks"};
  static const char *const ports[] = {"tcp", "tcp6", "udp", "udp6"};
  const char *last = path, *before = path;
  for (const char *at = path; *at != '\0'; at++)
    if (*at == '/') before = last, last = at + 1;
  if (is_among(last, ports, sizeof ports / sizeof *ports)) return true;
  return ids_on() && (is_among(last, ids, sizeof ids / sizeof *ids) || proc_after(before, "fdinfo/") != NULL);
}

void proc_show(int fd, const char *path, int flags) {
  char place[PROC_PATH];
  if ((flags & (O_ACCMODE | O_PATH | O_DIRECTORY)) != 0 || LIKELY(!may_speak(path))) return;
  int kept = errno;
  line_function *line = proc_place(fd, place) ? function_of(place) : ids_on() ? function_of_group(fd) : NULL;
  char *room = line != NULL ? raw_mmap(NULL, MOST + ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1) : NULL;
  if (room != NULL && !raw_failed(room)) {
    size_t length = read_all(fd, room);
    if (length < MOST) replace(fd, room + MOST, rewrite(room, length, room + MOST, line));
    else raw3(SYS_lseek, fd, 0, SEEK_SET);
    raw3(SYS_munmap, room, MOST + ROOM, 0);
  }
  errno = kept;
}
