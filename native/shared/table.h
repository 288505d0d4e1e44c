/* The hot copy of one AID's translations: a file that the daemon makes, mapped shared by every process of the AID
 * (the preload library, at /.appshot/table) and by the daemon's addon. SQLite is the truth; this is its projection.
 * Compiled on both sides; vproc/table-layout.ts mirrors it. Raise TABLE_VERSION with every change.
 *
 * Lock rule: entries are claimed by compare-and-swap of `state` FREE -> CLAIMED, filled, then stored with release
 * order as USED. Readers load `state` with acquire order and look at nothing else unless it is USED. */
#ifndef APPSHOT_TABLE_H
#define APPSHOT_TABLE_H
#include <stdint.h>

#define TABLE_MAGIC 0x656c626174736861ull
#define TABLE_VERSION 2
#define TABLE_PORTS 512
#define TABLE_ENV 64
#define TABLE_ENV_SIZE 1024
#define TABLE_IDS 8192
#define TABLE_JOURNAL 4096

enum table_state { ENTRY_FREE = 0, ENTRY_CLAIMED = 1, ENTRY_USED = 2 };
enum table_id_type { ID_PID = 1, ID_SHM, ID_SHMKEY, ID_SEM, ID_SEMKEY, ID_MSG, ID_MSGKEY, ID_PORT };

struct table_port {
  uint32_t state;
  uint16_t family;       /* AF_INET or AF_INET6 */
  uint16_t type;         /* SOCK_STREAM or SOCK_DGRAM */
  uint16_t virtual_port; /* host order: what the application asked for */
  uint16_t system_port;  /* host order: what it has, on loopback */
  uint32_t pid;          /* virtual pid of the claimer */
  uint8_t address[16];   /* what the application asked to bind; IPv4 in the first 4 bytes */
};

struct table_id { uint32_t state; uint32_t type; int64_t virtual_id; int64_t system_id; };
struct table_journal { uint32_t state; uint32_t type; int64_t virtual_id; int64_t system_id; };

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
  uint64_t reserved[15];
  struct table_port ports[TABLE_PORTS];
  char env[TABLE_ENV][TABLE_ENV_SIZE]; /* "NAME=VALUE": what the harness primes and a clone gets anew */
  struct table_id ids[TABLE_IDS];          /* open addressing, preload mechanism */
  struct table_journal journal[TABLE_JOURNAL];
};
#define TABLE_FLAG_PORTS_AS_THEY_ARE 1u  /* ports are not translated */
#endif
