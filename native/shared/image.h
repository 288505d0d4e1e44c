/* The image of a frozen application: the only definition of its layout (specification, FIG. 7).
 *
 * Compiled into the dumper (C++20) and the restorer (C11 without a libc); src/image/layout.ts is its mirror and
 * docs/IMAGE.md its prose. Raise IMAGE_VERSION with every change that an older reader would misread.
 *
 * An image is a directory with two files, both mode 0600:
 *   records   image_header, then records, each: record_header, name (no NUL), zero padding to 8, data, padding to 8
 *   pages     memory, page aligned; holes are zero pages
 * All integers are little endian; every structure is a multiple of 8 bytes long and has no implicit padding.
 */
#ifndef APPSHOT_IMAGE_H
#define APPSHOT_IMAGE_H
#include <stdint.h>

#define IMAGE_MAGIC "APPSHOT\x01"
#define IMAGE_VERSION 4

struct image_header {
  char magic[8];
  uint32_t version;
  uint32_t header_size;    /* sizeof(struct image_header) */
  uint64_t records_size;   /* bytes after the header */
  uint32_t record_count;
  uint32_t page_size;
  uint64_t pages_size;     /* length of the pages file, bytes */
  uint64_t xcr0;           /* CPU state components that were enabled (XGETBV 0) */
  uint64_t cpu_features[4];/* CPUID 1:ecx|edx, 7.0:ebx|ecx, 7.0:edx|7.1:eax, 0xd.0:ebx (XSAVE size) */
  char kernel_release[64]; /* uname -r */
  char cpu_vendor[16];
  uint8_t records_sha256[32]; /* over the bytes after the header; filled in when the image is sealed */
  uint8_t pages_sha256[32];   /* over the pages file, holes read as zeros; filled in when sealed */
  uint32_t main_pid;       /* virtual pid of the instance's main process, 0 when it has ended */
  uint32_t process_count;
  uint32_t thread_count;
  uint32_t page_count;     /* pages held in this image's own pages file */
  uint64_t created_ns;     /* CLOCK_REALTIME at the freeze */
  uint64_t monotonic_ns;   /* CLOCK_MONOTONIC at the freeze */
  uint8_t header_sha256[32];  /* over this header with these 32 bytes zero; filled in last, when sealed */
};

/* FIG. 7: resource name size, resource descriptor size, resource type, resource name, resource data. */
struct record_header {
  uint32_t name_size;
  uint32_t descriptor_size; /* bytes of data after the name */
  uint16_t type;            /* enum record_type */
  uint16_t mark;            /* enum record_mark: how a clone treats it (FIG. 8) */
  uint32_t id;              /* unique within the type; other records refer to it; for per-process types the pid */
};

enum record_mark {          /* FIG. 8, steps 362-388 */
  MARK_NONE = 0,            /* recreated from what was saved (FIG. 9, step 402) */
  MARK_SHARED = 1,
  MARK_COPY_ON_WRITE = 2,
  MARK_DUPLICATE = 3,
  MARK_VIRTUALIZE = 4,
  MARK_MULTIPLEX = 5,
  MARK_ALLOCATE = 6,
  MARK_RULE = 7,            /* a rule decided; its text stands in the RECORD_RULE with the same name */
};

enum record_type {
  RECORD_PAGES = 1,     /* id: image index; name: image id, "" for index 0 = this image; no data */
  RECORD_PROCESS = 2,   /* id: pid; data: struct image_process. Parents stand before their children */
  RECORD_THREAD = 3,    /* id: tid; data: struct image_thread, then xsave_size bytes. Leader first */
  RECORD_SIGACTIONS = 4,/* id: pid; data: 64 x struct image_sigaction */
  RECORD_SIGPENDING = 5,/* id: tid (thread queue) or pid with name "shared"; data: siginfo_t[] of 128 bytes */
  RECORD_VMAS = 6,      /* id: pid; data: struct image_vma[], ascending */
  RECORD_EXTENTS = 7,   /* id: pid; data: struct image_extent[], ascending: private memory with saved contents */
  RECORD_FDS = 8,       /* id: pid; data: struct image_fd[], ascending */
  RECORD_ITIMERS = 9,   /* id: pid; data: 3 x struct itimerval (4 x int64) */
  RECORD_POSIX_TIMER = 10, /* id: pid; data: struct image_posix_timer */
  RECORD_AUXV = 11,     /* id: pid; data: the auxiliary vector */
  RECORD_SHMEM = 12,    /* id: shmem id; name: "" anonymous, else memfd name; data: struct image_shmem, then image_extent[] */
  RECORD_SYSV_SHM = 13, /* id: shmid; data: struct image_sysv_shm (contents: the RECORD_SHMEM it names) */
  RECORD_SYSV_SEM = 14, /* id: semid; data: struct image_sysv_sem, then uint16_t[nsems] */
  RECORD_SYSV_MSG = 15, /* id: msqid; data: struct image_sysv_msg, then messages: int64 type, uint64 size, bytes padded to 8 */
  RECORD_RULE = 16,     /* name: resource; data: the rule's text */
  RECORD_RLIMITS = 17,  /* id: pid; data: 16 x {uint64 soft, hard} */
  RECORD_CGROUPS = 18,  /* id: pid; data: int32 supplementary groups[] */
  RECORD_LOCKS = 19,    /* id: pid; data: struct image_lock[]: record locks (POSIX, and those of open file descriptions) */
  RECORD_POSIX_MQ = 20, /* id: its own; name: as in /dev/mqueue; data: struct image_mqueue, then messages as in SYSV_MSG, the priority
                           for the type, in the order in which they are received */
  RECORD_PEER = 22,     /* id: a datagram socket's description; name: the unix name that it is connected to; no data */
  RECORD_OWNER = 21,    /* id: the open file description's; data: struct image_owner */
  /* open file descriptions: id is the description's, unique over all of them; RECORD_FDS refers to it */
  RECORD_FILE = 32,     /* name: path in the view, rules unapplied; data: struct image_file, then contents if unlinked */
  RECORD_PIPE = 33,     /* data: struct image_pipe, then bytes in flight (read end's record only) */
  RECORD_SOCKET = 34,   /* name: unix path ('@' first = abstract); data: struct image_socket, then queued bytes */
  RECORD_EPOLL = 35,    /* data: struct image_epoll, then struct image_epoll_item[] */
  RECORD_EVENTFD = 36,  /* data: struct image_eventfd */
  RECORD_TIMERFD = 37,  /* data: struct image_timerfd */
  RECORD_SIGNALFD = 38, /* data: struct image_signalfd */
  RECORD_INOTIFY = 39,  /* data: struct image_inotify, then items by rising wd: struct image_inotify_watch, path padded to 8 */
  RECORD_STDIO = 40,    /* name: "stdin", "stdout" or "stderr": the harness's own end; the restore gives its own */
  RECORD_PIDFD = 41,    /* data: struct image_file; pos holds the pid */
  RECORD_TERMINAL = 43, /* data: struct image_terminal, then what the master has still to read */
  RECORD_MQ_OPEN = 42,  /* data: struct image_file; pos holds the id of the RECORD_POSIX_MQ */
  /* up to LAST_DESCRIPTION_TYPE; what follows is state of processes and descriptions again */
  RECORD_AIO = 56,      /* id: pid; data: struct image_aio, each followed by its events: rings of asynchronous I/O */
  RECORD_SECCOMP = 58,  /* id: tid; data: struct image_filter, each followed by `count` struct sock_filter (8 bytes): the oldest first */
  RECORD_SOCKET_FILTER = 59, /* id: a socket's description; name: "" or "locked"; data: struct sock_filter[] (SO_ATTACH_FILTER) */
  RECORD_PARTS = 57,    /* id: a socket's description; data: struct image_part, each followed by `count` description ids (uint32_t,
                           padded to 8): what came with its queued bytes */
  /* of the whole image */
  RECORD_IDS = 70,      /* data: struct image_ids, then struct image_id[]. The preload mechanism: all ids of the image are virtual ones that the
                           AID's table gave; without it the ids are those of namespaces */
  RECORD_HELD = 71,     /* id: pid; data: struct image_held[]: with the preload mechanism alone */
  RECORD_CLOCKS = 84,   /* id: 0; data: struct image_clocks */
  RECORD_TYPED = 85,    /* id: of a terminal's master; data: struct image_typed, each followed by its bytes, padded to 8: what was typed and is
                           not read yet, the first line first */
  RECORD_NOTIFICATION = 86, /* id: pid; data: struct image_notification[]: the message queues that it is to be told of */
  RECORD_SETTINGS = 87, /* id: tid, the first one's for what the process has as a whole; data: struct image_setting[], what differs from what is usual */
  RECORD_POLICIES = 88, /* id: pid; data: struct image_policy[], ascending: memory for which mbind() has chosen nodes */
  RECORD_NAMES = 89,    /* id: 0; data: struct image_names: where the application has given its host another name */
  RECORD_IPC_LIMIT = 90, /* id: its place in ipc-limits.h; data: its text, what the application has set below /proc/sys for its IPC namespace */
};
#define LAST_DESCRIPTION_TYPE 55u

#define PROCESS_ZOMBIE 1u   /* ended, not waited for: exit_code only */
#define PROCESS_HAS_ARENA 2u/* the preload library is in it: madvise and mremap are cured, memory may be mapped */
#define PROCESS_STOPPED 4u
#define PROCESS_NO_NEW_PRIVS 8u
#define PROCESS_CHILD_SUBREAPER 16u
#define PROCESS_KEEPCAPS 32u
#define PROCESS_LOCKS_FUTURE 64u /* mlockall(MCL_FUTURE) */
#define PROCESS_LOCKS_ON_FAULT 256u /* with PROCESS_LOCKS_FUTURE: MCL_ONFAULT */
#define PROCESS_LEADER_ENDED 128u /* its first thread has ended while others run: of that one's record only tid, name and ids mean anything */
#define PROCESS_BARRIERS_SHIFT 16u /* from this bit on: what membarrier(MEMBARRIER_CMD_GET_REGISTRATIONS) says */

struct image_process {
  uint32_t pid, ppid, pgid, sid;   /* virtual; ppid 1 = the instance's init */
  uint32_t flags;                  /* PROCESS_* */
  int32_t exit_code;               /* wait status of a zombie */
  int32_t exit_signal;
  int32_t pdeath_signal;
  uint32_t exe_file;               /* description id of the RECORD_FILE of its executable */
  uint32_t cwd_file, root_file;    /* likewise; root_file 0 = the view's root */
  uint32_t umask;
  uint32_t personality, dumpable, oom_score_adj, loginuid;
  uint64_t start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
  uint64_t arg_start, arg_end, env_start, env_end;
  uint64_t vdso_start, vvar_start, vvar_vclock_start; /* 0 = absent */
  uint64_t vdso_size, vvar_size, vvar_vclock_size;
};

struct image_thread {
  uint32_t pid, tid;               /* virtual */
  uint64_t regs[27];               /* struct user_regs_struct; syscall restarts already applied (see dumper) */
  uint64_t sigmask;
  uint64_t altstack_sp, altstack_size;
  uint32_t altstack_flags;
  uint32_t nice_biased;            /* nice + 20 */
  uint64_t robust_list, robust_list_size;
  uint64_t rseq_address;
  uint32_t rseq_size, rseq_signature;
  uint64_t clear_child_tid;
  uint32_t uid[4], gid[4];         /* real, effective, saved, file system; as the instance's user namespace has them */
  uint64_t cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
  uint32_t securebits;
  uint32_t sched_policy, sched_priority, sched_flags;
  uint64_t affinity[4];            /* first 256 CPUs, 0 = as the restorer has it */
  uint64_t timerslack_ns;
  char comm[16];
  uint32_t xsave_size;             /* bytes of XSAVE state (standard format) that follow */
  uint32_t flags;                  /* THREAD_* */
};
#define THREAD_DISPATCHED 1u       /* the kernel sends calls that it makes past the C library to the preload library (arena.h, direct_start) */

/* Of a process: */
#define SETTING_CORE_FILTER 1u     /* /proc/PID/coredump_filter */
#define SETTING_HUGE_PAGES_OFF 2u  /* PR_SET_THP_DISABLE: what PR_GET_THP_DISABLE answers */
#define SETTING_NO_NEW_CODE 3u     /* PR_SET_MDWE */
#define SETTING_MERGED 4u          /* PR_SET_MEMORY_MERGE */
#define SETTING_AUTOGROUP_NICE 5u  /* /proc/PID/autogroup: what the processes of its session weigh together; nice + 20 */
/* Of each thread: */
#define SETTING_IO_PRIORITY 16u    /* ioprio_set() */
#define SETTING_IO_FLUSHER 17u     /* PR_SET_IO_FLUSHER */
#define SETTING_MEMORY_ERRORS 18u  /* PR_MCE_KILL: PR_MCE_KILL_EARLY or _LATE */
#define SETTING_NO_TIME_STAMPS 19u /* PR_SET_TSC: PR_TSC_SIGSEGV */
#define SETTING_NO_CPUID 20u       /* ARCH_SET_CPUID: 1 */
#define SETTING_STORE_BYPASS 21u   /* PR_SET_SPECULATION_CTRL: PR_SPEC_* */
#define SETTING_INDIRECT_BRANCH 22u
#define SETTING_POLICY_MODE 23u    /* set_mempolicy(): MPOL_* */
#define SETTING_POLICY_NODES 24u   /* nodes 0 to 63 */
#define SETTING_SCHED_RUNTIME 25u  /* these of sched_setattr() */
#define SETTING_SCHED_DEADLINE 26u
#define SETTING_SCHED_PERIOD 27u
#define SETTING_SCHED_FLAGS 28u    /* but SCHED_FLAG_RESET_ON_FORK */
#define SETTING_UTIL_MIN 29u
#define SETTING_UTIL_MAX 30u
#define SETTING_CPUS 64u           /* and above: the CPUs from 64 * (what - SETTING_CPUS) on that it may run on, where the thread record has no room for them */
#define SETTING_LAST 191u
struct image_setting { uint32_t what, unused; uint64_t value; };

/* mode: MPOL_*, its flags with it */
struct image_policy { uint64_t start, end; uint32_t mode, unused; uint64_t nodes; };

/* flags: SECCOMP_FILTER_FLAG_* */
struct image_filter { uint32_t count, flags; };

struct image_sigaction { uint64_t handler, flags, restorer, mask; };

#define VMA_ANON 0u         /* private anonymous; contents by RECORD_EXTENTS, the rest reads zero */
#define VMA_FILE_PRIVATE 1u /* file_id; written pages by RECORD_EXTENTS */
#define VMA_FILE_SHARED 2u  /* file_id, re-opened through the view */
#define VMA_SHMEM 3u        /* file_id = RECORD_SHMEM id (anonymous shared, memfd, SysV when sysv_shm is set) */
#define VMA_SYSV_SHM 4u     /* file_id = RECORD_SYSV_SHM id: re-attached with shmat */
#define VMA_VDSO 5u         /* [vdso], [vvar], [vvar_vclock]: never dumped, moved into place */
#define VMA_ARENA_TABLE 6u  /* the id table of the AID: the clone's own is mapped */
#define VMA_AIO 7u          /* a ring of asynchronous I/O, whose state the RECORD_AIO has */

struct image_vma {
  uint64_t start, end;
  uint64_t file_offset;
  uint32_t kind;            /* VMA_* */
  uint32_t prot;            /* PROT_* */
  uint32_t map_flags;       /* MAP_GROWSDOWN, MAP_NORESERVE, MAP_LOCKED, MAP_HUGETLB bits as for mmap */
  uint32_t advice;          /* VMA_ADVICE_* */
  uint32_t file_id;
  uint32_t file_writable;   /* VM_MAYWRITE: a shared file mapping's descriptor was open for writing */
};
#define VMA_ADVICE_DONTFORK 1u
#define VMA_ADVICE_WIPEONFORK 2u
#define VMA_ADVICE_DONTDUMP 4u
#define VMA_ADVICE_HUGEPAGE 8u
#define VMA_ADVICE_NOHUGEPAGE 16u
#define VMA_ADVICE_MERGEABLE 32u
#define VMA_ADVICE_RANDOM 64u
#define VMA_ADVICE_SEQUENTIAL 128u
#define VMA_ADVICE_SEALED 256u /* mseal: done last of all */
#define VMA_ADVICE_LOCKED_ON_FAULT 512u /* with MAP_LOCKED: what is touched is locked (MLOCK_ONFAULT) */
#define VMA_ADVICE_DROPPABLE 1024u /* MAP_DROPPABLE */

/* Extents are page aligned, never overlap, and never cross the end of a VMA. Inside one, pages the source never touched
 * are holes of the pages file. In RECORD_SHMEM `start` is the offset in the object; what no extent covers is zero. */
struct image_extent {       /* len bytes at start stand in pages file `image` at offset */
  uint64_t start, len, offset;
  uint32_t image;           /* RECORD_PAGES id */
  uint32_t flags;           /* EXTENT_* */
};
#define EXTENT_COPY 1u      /* restore by copying: written soon after the resume */

/* A ring: its context's id is the address that it is mapped at. nr 0: inherited by fork, where no context belongs to it. head and tail
 * count its places from 0 to nr - 1; `count` events have happened and not been taken. No request is on its way. */
struct image_aio { uint64_t start; uint32_t nr, head, tail, count; };
struct image_aio_event { uint64_t data, iocb; int64_t result, result2; }; /* struct io_event */

struct image_fd { int32_t fd; uint32_t cloexec; uint32_t description; uint32_t unused; };

/* start, end: first and last byte; end ~0 >> 1 = to the end of the file. of_description: F_OFD_SETLK, through descriptor fd */
struct image_lock { int32_t fd; uint32_t exclusive; uint64_t start, end; uint32_t of_description, unused; };

struct image_owner { int32_t type, pid, signum; uint32_t async; }; /* F_SETOWN_EX, F_SETSIG, O_ASYNC */

struct image_file {
  uint32_t flags;           /* O_*, as F_GETFL */
  uint32_t mode;            /* st_mode */
  uint64_t pos;
  uint64_t size;            /* contents that follow, when unlinked; with unlinked 2 the RECORD_SHMEM id */
  uint32_t unlinked;        /* 1: no name any more, contents follow (none of a directory); 2: a memfd, its object is the
                               RECORD_SHMEM `size` names, nothing follows (also a private mapping of one: VMA_FILE_PRIVATE);
                               3: a named pipe, the bytes in flight follow, in one record of all that stand for it;
                               4: the same nameless file as the RECORD_FILE `size` names, nothing follows */
  uint32_t lock;            /* flock: 0, LOCK_SH, LOCK_EX */
  struct image_owner owner;
  uint32_t uid, gid;        /* of the file: what has no name is made again with them */
};
#define FILE_NAMELESS 1u
#define FILE_MEMFD 2u
#define FILE_FIFO 3u
#define FILE_TWIN 4u
/* flags: O_RDONLY = read end, O_WRONLY = write end, O_RDWR = a pipe's description reopened for both. The bytes in flight are the
 * `size` bytes that follow; where packet is set (one of its ends writes packets) each packet as uint64 length, bytes padded to 8. */
struct image_pipe { uint32_t pipe; /* pairs the two ends */ uint32_t flags; uint64_t capacity, size; uint32_t packet, unused; };
struct image_socket {
  uint32_t family, type, protocol, flags;   /* flags: O_NONBLOCK etc. */
  uint32_t state;           /* SOCKET_* */
  uint32_t peer;            /* description id of the other end when it is in this image, else 0 */
  uint32_t backlog;         /* of a listener; of a SOCKET_WAITING its place among those who wait there: the lower is the earlier */
  uint16_t virtual_port;    /* as the application bound it, host order, 0 = none */
  uint16_t options_count;
  uint8_t address[32];      /* sockaddr as the application bound it (virtual); of a unix socket with a relative path the pid (4 bytes) in
                               whose working directory it is */
  uint32_t address_size;
  uint32_t shutdown;        /* 1 = no more receiving, 2 = no more sending, 4 = TCP whose other end has said all (it is not in the image) */
  uint8_t peer_address[32];
  uint32_t peer_address_size;
  uint32_t listener;        /* description id of the listener an accepted end belongs to, or 0 */
  uint64_t size;            /* queued bytes that follow the options */
  uint32_t name_as_is;      /* an abstract name that was bound past the preload library: without the AID's tag; of a path: its file is removed; of a SOCKET_BOUND over IP: at every address, and so it stays */
  uint32_t peer_pid, peer_uid, peer_gid; /* what SO_PEERCRED says, pid virtual, 0 = outside; of a unix listener: who listens */
  /* then options_count x struct image_socket_option (only those that differ from a new socket's; value as setsockopt
     takes it), then the bytes: of SOCK_STREAM as they are, of other types each message as uint64 length | size << 32, its
     sender (struct image_sender, zeros where nobody asked), its address (size bytes, virtual, padded to 8), bytes padded to 8. They are what this end has still to receive. */
};
#define SOCKET_UNBOUND 0u
#define SOCKET_BOUND 1u
#define SOCKET_LISTENING 2u
#define SOCKET_WAITING 4u    /* connected to `listener`, which has not accepted it yet; it has sent nothing */
#define SOCKET_CONNECTED 3u  /* with peer: to another end of this image; without: to outside, reset in a clone */
struct image_sender { uint32_t pid, uid, gid, unused; }; /* SCM_CREDENTIALS, pid virtual */
/* at: of a stream the byte of the queue with which the part begins (it ends with the next one), and who sent it, pid 0 = who made the
 * other end; of others the message's place in the queue, from 0 on. With its first byte come the descriptors. */
struct image_part { uint64_t at; struct image_sender who; uint32_t count, unused; };
struct image_socket_option { uint32_t level, name, size, unused; uint8_t value[32]; };
/* owner_pid: the process whose descriptor table the items' fd numbers are of; events 0 with EPOLLONESHOT spent = as saved */
/* polling: what EPIOCSPARAMS has set: the microseconds of busy polling, its budget from bit 20 on, bit 31 where it is preferred */
struct image_epoll { uint32_t flags, count; uint32_t owner_pid, polling; };
#define EPOLL_BUDGET_SHIFT 20
#define EPOLL_PREFERS_POLLING 0x80000000u
struct image_epoll_item { int32_t fd; uint32_t events; uint64_t data; };
struct image_eventfd { uint64_t count; uint32_t flags; uint32_t semaphore; };
struct image_timerfd { uint32_t clock, flags; uint64_t ticks; int64_t value_ns, interval_ns; uint32_t settime_flags, unused; };
struct image_signalfd { uint64_t mask; uint32_t flags, unused; };
/* One end of a pseudo-terminal of the instance's own. All but index, flags and slave stands with the master. */
struct image_terminal {
  uint32_t index, flags;
  uint32_t slave;               /* 0: the master's end */
  uint32_t session, foreground; /* whose controlling terminal it is, and its foreground process group; virtual, 0 = none */
  uint32_t locked, packet, exclusive;
  uint32_t hung_up;             /* its slave was open, and nobody has it open any more */
  uint32_t uid, gid, mode;      /* of /dev/pts/INDEX */
  uint16_t rows, columns, width, height;
  uint8_t settings[48];         /* struct termios2 */
  uint64_t size;                /* bytes that follow */
};
struct image_inotify { uint32_t flags, count; };
struct image_inotify_watch { int32_t wd; uint32_t mask; uint32_t path_size, unused; };
struct image_posix_timer {
  int32_t id, clock, notify, signum; uint64_t sigval; int32_t notify_tid; int32_t overrun;
  int64_t value_ns, interval_ns;
};
struct image_shmem { uint64_t size; uint32_t seals, memfd_flags; uint32_t extent_count, unused; };
struct image_sysv_ipc { int32_t key; uint32_t uid, gid, cuid, cgid, mode; };
struct image_sysv_shm { struct image_sysv_ipc ipc; uint64_t size; uint32_t shmem; uint32_t removed; };
struct image_sysv_sem { struct image_sysv_ipc ipc; uint32_t nsems, unused; };
struct image_sysv_msg { struct image_sysv_ipc ipc; uint64_t qbytes; uint32_t count, unused; };
/* As the application read them at the freeze, which may be ahead of the machine's: no process made of the image ever reads less. */
struct image_clocks { uint64_t monotonic_ns, boottime_ns; };
struct image_names { char host[64], domain[64]; }; /* sethostname(), setdomainname(); ended by zeros where they are shorter */
/* A line as its reader gets it. Of a terminal that doesn't work by lines all is one that has not ended. */
struct image_typed { uint32_t size; uint32_t end; /* TYPED_* */ };
#define TYPED_OPEN 0u       /* its end is still to be typed */
#define TYPED_WHOLE 1u      /* its last byte ends it */
#define TYPED_EOF 2u        /* ended by the key for the end of the file, which no reader sees */
/* notify: SIGEV_*; fd: a descriptor of the queue; signum: of SIGEV_THREAD the descriptor of the netlink socket that gets the cookie */
struct image_notification { int32_t fd; uint32_t notify; int32_t signum; uint32_t unused; uint64_t value; uint8_t cookie[32]; };
/* The words of the AID's table (id-words.h) that were ever taken, as they were at the freeze: the source's system ids stand in them. */
struct image_ids { uint32_t base, count; };
struct image_id { uint64_t word; uint32_t slot, unused; };
/* A word of the process's memory in which a thread's id stands, as the owner of a lock that it holds. Its two highest bits are flags. */
struct image_held { uint64_t address; uint32_t tid, unused; };
/* unlinked: it has no name any more, and lives as long as it is open */
struct image_mqueue { uint32_t uid, gid, mode, unlinked; uint64_t max_messages, message_size; uint32_t count, unused; };

/* The restorer lives here while it works, and is gone afterwards; an application with memory here is refused. Allocators that choose addresses
 * by chance (V8, PartitionAlloc) choose 46 bits, which end at 0x400000000000; sanitizers begin at 0x500000000000, programs at 0x550000000000. */
#define RESTORER_BASE 0x4d0000000000ull
#define RESTORER_END 0x4d0100000000ull
#define RECORDS_MAX (2047ull << 20) /* bytes of all records together: more has no room there */
#define LEAVE_SIZE 4096ull
#define LEAVE_AT (RESTORER_END - LEAVE_SIZE) /* the code by which a process without the library leaves: stays in it for ever */
#endif
