/* What the preload library keeps at a pre-arranged place in every process (specification, "Preload library 214"):
 * an anonymous private mapping at ARENA_BASE. The dumper recognises a covered process by it, the restorer corrects it
 * in a clone, and the library's own code reads nothing else from outside. Raise ARENA_VERSION with every change. */
#ifndef APPSHOT_ARENA_H
#define APPSHOT_ARENA_H
#include <stdint.h>

#define ARENA_BASE 0x4e0000000000ull     /* where no allocator chooses by chance: see RESTORER_BASE */
#define ARENA_SIZE 0x40000ull            /* 256 KiB; only touched pages cost anything */
#define ARENA_CODE (ARENA_BASE + ARENA_SIZE) /* a page of code: raw_syscall points here, the same in every process */
#define ARENA_MAGIC 0x616e657261707061ull
#define ARENA_VERSION 4

#define ARENA_RANGES 2048
#define ARENA_ENV_SLOTS 64
#define ARENA_ENV_SIZE 1024

#define ARENA_IMAGES 7
#define ARENA_FILES 512
#define ARENA_UNDO 256

/* Where a clone keeps an untouched mapping of each file whose written pages are mapped from the image: a page that is given back is
 * moved from there into its place. */
#define RESERVE_BASE 0x4e1000000000ull
#define RESERVE_END 0x4f0000000000ull

/* The filter that the restorer installs for the library begins with: load the call's number, jump if it equals FILTER_MAGIC to
 * the next instruction (no call has that number). A dumper tells it from the application's own filters by that pair. */
#define FILTER_MAGIC 0x61707073u

struct arena_range { uint64_t start, end; };
struct arena_image { uint64_t device, inode; }; /* of a pages file, as /proc/PID/maps has it; device = major << 32 | minor */
struct arena_file { uint64_t start, end, reserve; }; /* a private file mapping, and where its reserve begins */

struct arena {
  uint64_t magic;
  uint32_t version;
  uint32_t generation;      /* 0 in a process that was launched, +1 with every clone: APPSHOT_GENERATION */
  uint64_t leave;           /* code: void leave(rdi = base, rsi = length, rdx = int *count), rsp = a signal frame:
                               lock dec (rdx); when it reaches 0 munmap(rdi, rsi); then rt_sigreturn */
  uint64_t sigsys_handler;  /* code: the handler for trapped madvise and mremap (SA_SIGINFO|SA_RESTORER|SA_ONSTACK|SA_NODEFER) */
  uint64_t sigsys_restorer; /* code: mov $15,%eax; syscall */
  uint64_t raw_syscall;     /* address of the instruction after the one syscall instruction the filter lets through */
  uint64_t table;           /* where the AID's table is mapped, 0 = it could not be */
  uint64_t agent_syscall;   /* address of a `syscall; ret` pair in the library itself, for injected calls while others are sent to it */
  uint64_t direct_start;    /* Where the kernel makes calls at once while it sends others to the library (native/preload/dispatch.c): */
  uint64_t direct_length;   /* from the C library to the loader. 0: it sends none */
  uint32_t range_count;     /* image-backed private memory, sorted; written by the restorer only, 0 at launch */
  uint32_t env_count;       /* environment slots in use, see env below */
  uint64_t image_count;     /* written by the restorer: which files are images. The application may map another file where
                               image memory was; 0 = not said, every private file mapping within a range is taken for one */
  struct arena_image images[ARENA_IMAGES];
  uint32_t file_count;      /* written by the restorer only, sorted */
  uint32_t unused;
  struct arena_range ranges[ARENA_RANGES];
  struct arena_file files[ARENA_FILES];
  /* What the kernel would add to semaphores when the process ends (SEM_UNDO) and tells nobody: kept by the library, done again by the
     restorer. semid << 32 | number << 16 | adjustment; of process undo_pid alone, not of a child that has these by fork. */
  uint32_t undo_pid;
  uint32_t undo_lost;       /* there were more than there is room for */
  uint64_t undo[ARENA_UNDO];
  /* "NAME=VALUE": the environment strings that a clone gets anew; environ[] points into these. The restorer writes each
     again from the entry of the clone's table that has the same NAME. */
  char env[ARENA_ENV_SLOTS][ARENA_ENV_SIZE];
};
#endif
