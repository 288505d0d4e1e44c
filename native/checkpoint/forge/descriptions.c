#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/descriptions.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/late.h"
#include "checkpoint/forge/parts.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/sockets.h"
#include "checkpoint/forge/terminals.h"
#include "checkpoint/forge/text.h"
#include <fcntl.h>
#include <sys/stat.h>

const char *path_here(const char *path) {
  static char renamed[4096];
  int at = 0;
  for (const char *rule; (rule = order_next(&init.order, "rename", &at));) {
    const char *to = find_char(rule, '=');
    if (!to) continue;
    size_t size = (size_t)(to - rule);
    if (memcmp(path, rule, size < strlen(path) ? size : strlen(path)) || strlen(path) < size) continue;
    if (path[size] && path[size] != '/') continue;
    struct line line = line_in(renamed, sizeof renamed);
    put(&line, to + 1);
    put(&line, path + size);
    return renamed;
  }
  return path;
}

static struct description *must_find(uint32_t id, const char *user, uint32_t pid) {
  struct description *d = description_by_id(id);
  if (!d) fail_number(-EPROTO, user, pid);
  return d;
}

static int mark_memory(const struct process *process) {
  const struct image_vma *vma = process->vmas.data;
  for (uint32_t i = 0; i < process->vmas.size / sizeof *vma; i++) {
    if (vma[i].kind != VMA_FILE_PRIVATE && vma[i].kind != VMA_FILE_SHARED) continue;
    struct description *d = must_find(vma[i].file_id, "find a mapped file of process", process->image->pid);
    if (!d) return -1;
    if (vma[i].kind == VMA_FILE_SHARED || d->direct < 0) d->mapped = 1;
  }
  return 0;
}

static int mark_process(const struct process *process) {
  const struct image_process *p = process->image;
  if (p->flags & PROCESS_ZOMBIE) return 0;
  const struct image_fd *fds = process->fds.data;
  for (uint32_t i = 0; i < process->fds.size / sizeof *fds; i++) {
    struct description *d = must_find(fds[i].description, "find an open file of process", p->pid);
    if (!d) return -1;
    d->in_table = 1;
  }
  struct description *exe = must_find(p->exe_file, "find the executable of process", p->pid);
  struct description *cwd = must_find(p->cwd_file, "find the working directory of process", p->pid);
  struct description *root = p->root_file ? must_find(p->root_file, "find the root directory of process", p->pid) : cwd;
  if (!exe || !cwd || !root) return -1;
  exe->mapped = 1;
  cwd->is_path = root->is_path = 1;
  return mark_memory(process);
}

int descriptions_mark(void) {
  for (uint32_t i = 0; i < image.process_count; i++)
    if (mark_process(&image.processes[i]) < 0) return -1;
  return parts_mark();
}

static int make(struct description *d) {
  switch (d->item.head->type) {
    case RECORD_FILE: return make_file(d);
    case RECORD_STDIO: return make_stdio(d);
    case RECORD_PIPE: return make_pipe(d);
    case RECORD_SOCKET: return make_socket(d);
    case RECORD_EPOLL: return make_epoll(d);
    case RECORD_EVENTFD: return make_eventfd(d);
    case RECORD_TIMERFD: return make_timerfd(d);
    case RECORD_SIGNALFD: return make_signalfd(d);
    case RECORD_INOTIFY: return make_inotify(d);
    case RECORD_TERMINAL: return make_terminal(d);
    case RECORD_MQ_OPEN: return make_mq_open(d);
    default: return fail_number(-ENOTSUP, "restore a resource of type", d->item.head->type);
  }
}

static int is_any(const struct description *d) { return d != NULL; }

static int is_listener(const struct description *d) {
  const struct image_socket *s = d->item.data;
  return d->item.head->type == RECORD_SOCKET && s->state != SOCKET_CONNECTED && s->state != SOCKET_WAITING;
}

static int is_written(const struct description *d) {
  const struct image_file *file = d->item.data;
  return d->item.head->type == RECORD_FILE && S_ISREG(file->mode) && !file->unlinked && !(file->flags & O_PATH) && (file->flags & O_ACCMODE) != O_RDONLY;
}

int description_make(struct description *d) {
  if (d->done) return 0;
  d->late = (unsigned char)is_late(d);
  if (d->late) return 0;
  int fd = make(d);
  if (fd < 0) return -1;
  d->done = 1;
  return (d->fd = move_high(fd, d->item.name)) < 0 ? -1 : 0;
}

static int make_those(int (*meant)(const struct description *)) {
  for (uint32_t i = 0; i < image.description_count; i++) {
    struct description *d = &image.descriptions[i];
    if (d->done || !meant(d)) continue;
    if (!d->in_table && !d->mapped && !d->is_path) continue;
    if (description_make(d) < 0) return -1;
  }
  return 0;
}

/* Connections within the image go through its own listeners, which therefore come first. A file of the template is copied into the private layer when
 * it is opened for writing, and who had opened it for reading before would go on with the template's: so those come before the others too. */
int descriptions_make(void) {
  if (make_those(is_listener) < 0 || make_those(is_written) < 0 || make_those(is_any) < 0 || terminals_finish() < 0) return -1;
  return connections_finish() < 0 ? -1 : datagrams_finish();
}
