#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/image-index.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"

struct image image;

#define MOST_IDS (1u << 22)
static uint32_t *description_numbers; /* id -> index + 1 */
static uint32_t highest_id;

static const struct record_header *first_record(void) {
  return (const struct record_header *)((const char *)image.header + image.header->header_size);
}
static uint64_t padded(uint64_t size) { return (size + 7) & ~7ull; }

/* The record at `at` when it lies whole before `end`; NULL otherwise. */
static const char *after_record(const struct record_header *at, const char *end) {
  const char *body = (const char *)(at + 1);
  if (body > end) return NULL;
  uint64_t size = padded(at->name_size) + padded(at->descriptor_size);
  return size > (uint64_t)(end - body) ? NULL : body + size;
}

static struct item item_at(const struct record_header *head) {
  const char *name = (const char *)(head + 1);
  struct item item = {head, name, name + padded(head->name_size), head->descriptor_size};
  if (head->name_size % 8 && !name[head->name_size]) return item; /* its padding ends it */
  char *copy = heap_take(head->name_size + 1);
  if (copy) memcpy(copy, name, head->name_size);
  item.name = copy ? copy : "";
  return item;
}

#define TYPES 128
static int is_description(uint32_t type) { return type >= RECORD_FILE && type <= LAST_DESCRIPTION_TYPE; }
struct counts { uint32_t by_type[TYPES]; };

static int count_records(struct counts *counts) {
  const char *at = (const char *)first_record(), *end = at + image.header->records_size;
  for (uint32_t i = 0; i < image.header->record_count; i++) {
    const struct record_header *head = (const struct record_header *)at;
    at = after_record(head, end);
    if (!at) return fail_number(-EPROTO, "read the image's record number", i);
    if (head->type >= TYPES) return fail_number(-EPROTO, "read the image's record of type", head->type);
    counts->by_type[head->type]++;
    if (is_description(head->type) && head->id > highest_id) highest_id = head->id;
  }
  return highest_id > MOST_IDS ? fail_number(-EPROTO, "read the image's description id", highest_id) : 0;
}

static int reserve(const struct counts *counts) {
  const uint32_t *n = counts->by_type;
  uint32_t descriptions = 0;
  for (uint32_t type = RECORD_FILE; type <= LAST_DESCRIPTION_TYPE; type++) descriptions += n[type];
  image.processes = heap_take((n[RECORD_PROCESS] + 1) * sizeof *image.processes);
  image.descriptions = heap_take((descriptions + 1) * sizeof *image.descriptions);
  image.shmems = heap_take((n[RECORD_SHMEM] + 1) * sizeof *image.shmems);
  image.shms = heap_take((n[RECORD_SYSV_SHM] + 1) * sizeof *image.shms);
  image.sems = heap_take((n[RECORD_SYSV_SEM] + 1) * sizeof *image.sems);
  image.msgs = heap_take((n[RECORD_SYSV_MSG] + 1) * sizeof *image.msgs);
  image.mqs = heap_take((n[RECORD_POSIX_MQ] + 1) * sizeof *image.mqs);
  image.peers = heap_take((n[RECORD_PEER] + 1) * sizeof *image.peers);
  image.socket_filters = heap_take((n[RECORD_SOCKET_FILTER] + 1) * sizeof *image.socket_filters);
  image.typed = heap_take((n[RECORD_TYPED] + 1) * sizeof *image.typed);
  image.parts = heap_take((n[RECORD_PARTS] + 1) * sizeof *image.parts);
  image.ipc_limits = heap_take((n[RECORD_IPC_LIMIT] + 1) * sizeof *image.ipc_limits);
  image.owners = heap_take((n[RECORD_OWNER] + 1) * sizeof *image.owners);
  description_numbers = heap_take((highest_id + 1) * sizeof *description_numbers);
  struct thread *threads = heap_take((n[RECORD_THREAD] + 1) * sizeof *threads);
  struct item *timers = heap_take((n[RECORD_POSIX_TIMER] + 1) * sizeof *timers);
  int all = image.processes && image.descriptions && image.shmems && image.shms && image.sems && image.msgs && image.mqs && image.peers && image.parts && image.socket_filters && image.typed && image.owners && image.ipc_limits;
  if (!all || !description_numbers || !threads || !timers) return fail(-ENOMEM, "index", "the image");
  image.processes[0].threads = threads;
  image.processes[0].timers = timers;
  image.page_files = n[RECORD_PAGES];
  return 0;
}

static struct process *last; /* asked for: records of a process stand together */

struct process *process_by_pid(uint32_t pid) {
  if (last && last->image->pid == pid) return last;
  for (uint32_t i = 0; i < image.process_count; i++)
    if (image.processes[i].image->pid == pid) return last = &image.processes[i];
  return NULL;
}

/* Threads and timers of all processes lie in one array: records of a process stand together. */
static void add_process(const struct item *item) {
  struct process *process = &image.processes[image.process_count++];
  if (process > image.processes) {
    process->threads = process[-1].threads + process[-1].thread_count;
    process->timers = process[-1].timers + process[-1].timer_count;
  }
  process->image = item->data;
}

static int add_thread(const struct item *item) {
  const struct image_thread *thread = item->data;
  struct process *process = process_by_pid(thread->pid);
  if (!process || process != &image.processes[image.process_count - 1]) return -1;
  if (item->size < sizeof *thread + thread->xsave_size) return -1;
  process->threads[process->thread_count++] = (struct thread){.image = thread, .xsave = thread + 1};
  image.thread_count++;
  return 0;
}

static int add_pending(const struct item *item) {
  if (!strcmp(item->name, "shared")) {
    struct process *process = process_by_pid(item->head->id);
    if (process) process->pending = *item;
    return process ? 0 : -1;
  }
  for (uint32_t i = 0; i < image.process_count; i++)
    for (uint32_t j = 0; j < image.processes[i].thread_count; j++)
      if (image.processes[i].threads[j].image->tid == item->head->id) {
        image.processes[i].threads[j].pending = *item;
        return 0;
      }
  return -1;
}

static int add_to_thread(const struct item *item) {
  for (uint32_t i = 0; i < image.process_count; i++)
    for (uint32_t j = 0; j < image.processes[i].thread_count; j++) {
      struct thread *thread = &image.processes[i].threads[j];
      if (thread->image->tid != item->head->id) continue;
      if (item->head->type == RECORD_SECCOMP) thread->filters = *item;
      else thread->settings = *item;
      return 0;
    }
  return -1;
}

static int add_to_process(const struct item *item) {
  struct process *process = process_by_pid(item->head->id);
  if (!process) return -1;
  switch (item->head->type) {
    case RECORD_SIGACTIONS: process->sigactions = *item; break;
    case RECORD_VMAS: process->vmas = *item; break;
    case RECORD_EXTENTS: process->extents = *item; break;
    case RECORD_FDS: process->fds = *item; break;
    case RECORD_ITIMERS: process->itimers = *item; break;
    case RECORD_AUXV: process->auxv = *item; break;
    case RECORD_RLIMITS: process->rlimits = *item; break;
    case RECORD_CGROUPS: process->groups = *item; break;
    case RECORD_LOCKS: process->locks = *item; break;
    case RECORD_AIO: process->rings = *item; break;
    case RECORD_HELD: process->held = *item; break;
    case RECORD_NOTIFICATION: process->notifications = *item; break;
    case RECORD_POLICIES: process->policies = *item; break;
    case RECORD_POSIX_TIMER:
      if (process != &image.processes[image.process_count - 1]) return -1;
      process->timers[process->timer_count++] = *item;
  }
  return 0;
}

static int add_description(const struct item *item) {
  description_numbers[item->head->id] = image.description_count + 1;
  image.descriptions[image.description_count++] = (struct description){.item = *item, .fd = -1, .direct = -1};
  return 0;
}

/* Bytes of the array that a record says follows its structure. */
static uint64_t counted(const struct item *item) {
  switch (item->head->type) {
    case RECORD_SHMEM: return (uint64_t)((const struct image_shmem *)item->data)->extent_count * sizeof(struct image_extent);
    case RECORD_SYSV_SEM: return (uint64_t)((const struct image_sysv_sem *)item->data)->nsems * sizeof(uint16_t);
    case RECORD_EPOLL: return (uint64_t)((const struct image_epoll *)item->data)->count * sizeof(struct image_epoll_item);
    case RECORD_SOCKET: return (uint64_t)((const struct image_socket *)item->data)->options_count * sizeof(struct image_socket_option);
    case RECORD_IDS: return (uint64_t)((const struct image_ids *)item->data)->count * sizeof(struct image_id);
    default: return 0;
  }
}

static int add(const struct item *item) {
  static const uint32_t least[TYPES] = {
      [RECORD_PROCESS] = sizeof(struct image_process), [RECORD_THREAD] = sizeof(struct image_thread),
      [RECORD_SHMEM] = sizeof(struct image_shmem), [RECORD_SYSV_SHM] = sizeof(struct image_sysv_shm),
      [RECORD_SYSV_SEM] = sizeof(struct image_sysv_sem), [RECORD_SYSV_MSG] = sizeof(struct image_sysv_msg),
      [RECORD_POSIX_TIMER] = sizeof(struct image_posix_timer), [RECORD_FILE] = sizeof(struct image_file),
      [RECORD_PIPE] = sizeof(struct image_pipe), [RECORD_SOCKET] = sizeof(struct image_socket),
      [RECORD_EPOLL] = sizeof(struct image_epoll), [RECORD_EVENTFD] = sizeof(struct image_eventfd),
      [RECORD_TIMERFD] = sizeof(struct image_timerfd), [RECORD_SIGNALFD] = sizeof(struct image_signalfd),
      [RECORD_INOTIFY] = sizeof(struct image_inotify), [RECORD_PIDFD] = sizeof(struct image_file),
      [RECORD_MQ_OPEN] = sizeof(struct image_file), [RECORD_POSIX_MQ] = sizeof(struct image_mqueue),
      [RECORD_OWNER] = sizeof(struct image_owner), [RECORD_IDS] = sizeof(struct image_ids),
      [RECORD_CLOCKS] = sizeof(struct image_clocks), [RECORD_NAMES] = sizeof(struct image_names)};
  uint16_t type = item->head->type;
  if (item->size < least[type] || item->size - least[type] < counted(item)) return -1;
  switch (type) {
    case RECORD_PAGES: return 0;
    case RECORD_RULE: return 0;
    case RECORD_CLOCKS: image.clocks = item->data; return 0;
    case RECORD_NAMES: image.names = item->data; return 0;
    case RECORD_IDS: image.ids = item->data; return 0;
    case RECORD_PROCESS: add_process(item); return 0;
    case RECORD_THREAD: return add_thread(item);
    case RECORD_SIGPENDING: return add_pending(item);
    case RECORD_SECCOMP:
    case RECORD_SETTINGS: return add_to_thread(item);
    case RECORD_SHMEM: image.shmems[image.shmem_count++] = (struct object){*item, -1, -1}; return 0;
    case RECORD_SYSV_SHM: image.shms[image.shm_count++] = (struct object){*item, -1, -1}; return 0;
    case RECORD_SYSV_SEM: image.sems[image.sem_count++] = (struct object){*item, -1, -1}; return 0;
    case RECORD_POSIX_MQ: image.mqs[image.mq_count++] = (struct object){*item, -1, -1}; return 0;
    case RECORD_PEER: image.peers[image.peer_count++] = *item; return 0;
    case RECORD_SOCKET_FILTER: image.socket_filters[image.socket_filter_count++] = *item; return 0;
    case RECORD_TYPED: image.typed[image.typed_count++] = *item; return 0;
    case RECORD_IPC_LIMIT: image.ipc_limits[image.ipc_limit_count++] = *item; return 0;
    case RECORD_PARTS: image.parts[image.part_count++] = *item; return 0;
    case RECORD_OWNER: image.owners[image.owner_count++] = *item; return 0;
    case RECORD_SYSV_MSG: image.msgs[image.msg_count++] = (struct object){*item, -1, -1}; return 0;
  }
  return is_description(type) ? add_description(item) : add_to_process(item);
}

void image_index_reset(void) {
  last = NULL;
  description_numbers = NULL;
  highest_id = 0;
}

int image_index(void) {
  struct counts counts = {{0}};
  if (count_records(&counts) < 0 || reserve(&counts) < 0) return -1;
  const char *at = (const char *)first_record(), *end = at + image.header->records_size;
  for (uint32_t i = 0; i < image.header->record_count; i++) {
    struct item item = item_at((const struct record_header *)at);
    at = after_record(item.head, end);
    if (add(&item) < 0) return fail_number(-EPROTO, "understand the image's record number", i);
  }
  for (uint32_t i = 0; i < image.process_count; i++) {
    const struct image_process *p = image.processes[i].image;
    if ((p->flags & PROCESS_LEADER_ENDED) && image.processes[i].thread_count < 2) return fail_number(-EPROTO, "find the threads of process", p->pid);
    const struct image_fd *fds = image.processes[i].fds.data;
    uint32_t count = image.processes[i].fds.size / sizeof *fds;
    if (count && fds[count - 1].fd > image.highest_fd) image.highest_fd = fds[count - 1].fd;
  }
  return image.process_count ? 0 : fail(-EPROTO, "find a process in", "the image");
}

struct description *description_by_id(uint32_t id) {
  if (!id || id > highest_id || !description_numbers[id]) return NULL;
  return &image.descriptions[description_numbers[id] - 1];
}

struct object *object_by_id(struct object *objects, uint32_t count, uint32_t id) {
  for (uint32_t i = 0; i < count; i++)
    if (objects[i].item.head->id == id) return &objects[i];
  return NULL;
}
