/* The image's records, found again by what they are about. Everything here points into the mapped records (or the heap)
 * and is read-only once image_index() has run. */
#ifndef FORGE_IMAGE_INDEX_H
#define FORGE_IMAGE_INDEX_H
#include "shared/arena.h"
#include "shared/image.h"
#include <stddef.h>

struct item {
  const struct record_header *head;
  const char *name;  /* with a NUL */
  const void *data;
  uint32_t size;     /* of data */
};

struct thread {
  const struct image_thread *image;
  const void *xsave;
  struct item pending, filters, settings;
};

struct process {
  const struct image_process *image;
  struct item sigactions, pending, vmas, extents, fds, itimers, auxv, rlimits, groups, locks, rings, held, notifications, policies;
  struct item *timers;
  uint32_t timer_count;
  struct thread *threads;
  uint32_t thread_count;
};

/** Who does what is done once for the process: the first thread, unless that has ended in the source. */
static inline const struct thread *acting_leader(const struct process *process) {
  return process->threads + (process->image->flags & PROCESS_LEADER_ENDED ? 1 : 0);
}

/* An open file description (types from RECORD_FILE to LAST_DESCRIPTION_TYPE). */
struct description {
  struct item item;
  int fd;            /* in the init and what it forks; -1: not made */
  int kept;          /* sockets: the very one that was suspended, -1: none */
  int direct;        /* host file to map instead, -1: none */
  unsigned char in_table, mapped, is_path, late; /* who needs it: a descriptor table; a mapping; a path only; see late.h */
  unsigned char done;
  unsigned char paired; /* sockets: made together with the other end */
  unsigned char parting; /* sockets: the other end was made only to fill this one, and goes then */
  uint16_t port;     /* sockets: the system port */
  int filler;        /* sockets: the other end, through which they are filled when all is there; 0: filled already */
};

struct object { struct item item; int fd; int system_id; }; /* RECORD_SHMEM and SysV objects */

struct image {
  const struct image_header *header;
  uint64_t mapped;               /* bytes of the mapping */
  int *pages;                    /* descriptors by RECORD_PAGES id */
  struct arena_image *stamps;    /* as /proc/PID/maps shows the same files; NULL: it shows others than stat does */
  uint32_t page_files;
  struct process *processes;
  uint32_t process_count, thread_count;
  struct description *descriptions;
  uint32_t description_count;
  struct object *shmems, *shms, *sems, *msgs, *mqs;
  uint32_t shmem_count, shm_count, sem_count, msg_count, mq_count;
  struct item *owners, *peers, *parts, *socket_filters, *typed, *ipc_limits; /* RECORD_OWNER, RECORD_PEER, RECORD_PARTS, RECORD_SOCKET_FILTER, RECORD_TYPED, RECORD_IPC_LIMIT */
  uint32_t owner_count, peer_count, part_count, socket_filter_count, typed_count, ipc_limit_count;
  const struct image_names *names;   /* NULL: those of the machine */
  const struct image_clocks *clocks; /* NULL: an image that has none */
  const void *ids;               /* RECORD_IDS, checked; NULL: the ids are those of namespaces */
  int32_t highest_fd;
};
extern struct image image;

/** Takes the mapped records apart. 0, or -1 when they contradict themselves. */
int image_index(void);
/** Before another image is read by the same process; the forge reads one and ends. */
void image_index_reset(void);
/** Whether this machine can run the image: -1 says in words why not. */
int image_check(uint64_t file_size);
/** NULL: there is none. */
struct description *description_by_id(uint32_t id);
struct process *process_by_pid(uint32_t pid);
struct object *object_by_id(struct object *objects, uint32_t count, uint32_t id);
#endif
