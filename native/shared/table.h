/* The hot copy of one AID's translations: a file that the daemon makes, mapped shared by every process of the AID
 * (the preload library, at /.appshot/table) and by the daemon's addon. SQLite is the truth; this is its projection.
 * Compiled on both sides; vproc/table-layout.ts mirrors it. Raise TABLE_VERSION with every change.
 *
 * Ports and ids are claimed without a lock: port-words.h and id-words.h. */
#ifndef APPSHOT_TABLE_H
#define APPSHOT_TABLE_H
#include <stdint.h>

#define TABLE_MAGIC 0x656c626174736861ull
#define TABLE_VERSION 6
#define TABLE_PORTS 512
#define TABLE_ENV 64
#define TABLE_ENV_SIZE 1024
#define TABLE_IDS 8192
#define TABLE_JOURNAL 4096
#define TABLE_RESTORED 16384 /* at least twice TABLE_IDS */
#define TABLE_STAND_INS 1024
#define TABLE_QUEUES 512
#define TABLE_ID_RANGE 0x100000u /* virtual ids of one AID: TABLE_IDS slots, 128 turns each */
#define TABLE_ID_FIRST 0x400000u /* above every pid that the kernel gives */
#define TABLE_ID_RANGES 1020u    /* so that all stay below 2^30, where futex words have their flags */

enum table_state { ENTRY_FREE = 0, ENTRY_PENDING = 1, ENTRY_USED = 2 };
enum table_id_type { ID_PID = 1, ID_SHM, ID_SHMKEY, ID_SEM, ID_SEMKEY, ID_MSG, ID_MSGKEY, ID_PORT };

struct table_port {
  union {
    uint64_t word;           /* changed as a whole */
    struct {
      uint16_t system_port;  /* host order: what it has, on loopback */
      uint16_t virtual_port; /* host order: what the application asked for */
      uint16_t turn;
      uint8_t type;          /* SOCK_STREAM or SOCK_DGRAM */
      uint8_t state;         /* ENTRY_* */
    };
  };
  uint16_t family;           /* AF_INET or AF_INET6; 0: not noted yet */
  uint16_t everywhere;       /* 1: the system's port is bound on every address, not on loopback alone */
  uint32_t pid;              /* of the claimer; 0: claimed ahead by the daemon */
  uint8_t address[16];       /* what the application asked to bind; IPv4 in the first 4 bytes */
};

/* A process that lived for one call, in the restorer: a socket names it for one of the application's. */
struct table_stand_in { int32_t system; int32_t shown; };

/* The name of a POSIX message queue as the system has it, without its slash: shared/queue-names.h. */
struct table_queue { uint64_t word; char name[256]; };

/* A word of `ids` after it was changed, in the order of `journal_head`; `sequence` is stored last, and counts from 1. */
struct table_journal { uint64_t sequence; uint64_t word; uint32_t slot; uint32_t reserved; };

#define TABLE_MODE_NAMESPACE 0u
#define TABLE_MODE_PRELOAD 1u

struct table {
  uint64_t magic;
  uint32_t version;
  uint32_t size;          /* of the whole file, bytes */
  char aid[64];
  char template_name[128];
  uint32_t mode;          /* TABLE_MODE_* */
  uint32_t generation;
  uint32_t flags;         /* TABLE_FLAG_* */
  uint32_t env_count;
  char name_tag[8];       /* stands before abstract unix names: see abstract_to_system(); all zero = they are as they are */
  uint32_t id_base;       /* preload: the first virtual id of this AID's range */
  uint32_t id_init;       /* preload: system pid of the instance's init, which is virtual pid 1 */
  uint64_t id_salt;       /* preload: what the SysV keys of this AID are scrambled with */
  uint64_t id_namespace;  /* preload: inode of the PID namespace that system ids are of */
  uint64_t journal_head;  /* changes of `ids` so far */
  uint64_t restored_count; /* entries of `restored` */
  uint64_t stand_in_count; /* entries of `stand_ins` */
  uint64_t reserved[9];
  struct table_port ports[TABLE_PORTS];
  char env[TABLE_ENV][TABLE_ENV_SIZE]; /* "NAME=VALUE": what the harness primes and a clone gets anew */
  uint64_t ids[TABLE_IDS];                 /* preload mechanism: shared/id-words.h, where the claim protocol stands */
  struct table_journal journal[TABLE_JOURNAL];
  uint16_t restored[TABLE_RESTORED]; /* preload: slot + 1 of what a restore bound, by the hash of the system id; 0 ends a search */
  struct table_stand_in stand_ins[TABLE_STAND_INS]; /* preload: written before the first process runs, and only read then */
  struct table_queue queues[TABLE_QUEUES]; /* preload: for an ordinary user may not list them */
};
#define TABLE_FLAG_PORTS_AS_THEY_ARE 1u  /* ports are not translated */
#endif
