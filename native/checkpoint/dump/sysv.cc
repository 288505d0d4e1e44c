#include "checkpoint/dump/sysv.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <cerrno>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/mapped-object.h"
#include "checkpoint/dump/namespace.h"
#include "checkpoint/dump/user-namespace.h"

union SemArgument { // semctl's fourth argument, which every program defines itself
  int value;
  semid_ds *status;
  unsigned short *array;
  seminfo *info;
};

bool enter_ipc_namespace(pid_t init) {
  if (!has_own_namespace(init, ipc_namespace)) return false;
  join_namespace(init, ipc_namespace);
  return true;
}

static image_sysv_ipc permissions(const ipc_perm &perm) {
  image_sysv_ipc out{};
  out.key = ids::on() ? ids::key_shown(perm.__key) : perm.__key;
  out.uid = perm.uid;
  out.gid = perm.gid;
  out.cuid = perm.cuid;
  out.cgid = perm.cgid;
  out.mode = perm.mode & 0777;
  return out;
}

// id: what the image calls it; system: what the kernel does.
static void collect_segment(int id, int system, const shmid_ds &status, const std::map<int, std::string> &paths, SharedMemory &shared, Records &records) {
  image_sysv_shm out{};
  out.ipc = permissions(status.shm_perm);
  out.size = status.shm_segsz;
  out.removed = status.shm_perm.mode & SHM_DEST ? 1 : 0;
  auto path = paths.find(system);
  if (path != paths.end() && !in_user_namespace()) {
    out.shmem = shared.object(path->second, "");
  } else {
    void *at = shmat(system, nullptr, SHM_RDONLY);
    if (at == reinterpret_cast<void *>(-1)) fail_call("attach shared memory segment %d", id);
    uint64_t start = reinterpret_cast<uint64_t>(at), length = (out.size + page_size - 1) & ~(page_size - 1);
    Descriptor copy = in_user_namespace() ? copy_own_memory(static_cast<const char *>(at), length) : Descriptor();
    out.shmem = shared.object(copy ? text("self/fd/%d", copy.get()) : text("self/map_files/%llx-%llx", static_cast<unsigned long long>(start), static_cast<unsigned long long>(start + length)), "");
    shmdt(at);
  }
  records.add(RECORD_SYSV_SHM, static_cast<uint32_t>(id), "", out);
}

static void collect_set(int id, int system, const semid_ds &status, Records &records) {
  image_sysv_sem out{};
  out.ipc = permissions(status.sem_perm);
  out.nsems = static_cast<uint32_t>(status.sem_nsems);
  std::vector<unsigned short> values(out.nsems);
  SemArgument argument{};
  argument.array = values.data();
  if (semctl(system, 0, GETALL, argument) != 0) fail_call("read semaphore set %d", id);
  records.add(RECORD_SYSV_SEM, static_cast<uint32_t>(id), "", Records::bytes_of(out) + std::string(reinterpret_cast<char *>(values.data()), values.size() * 2));
}

// MSG_COPY looks at the nth message and leaves it.
static std::string copy_messages(int id, uint32_t count) {
  constexpr int msg_copy = 040000;
  std::string out;
  std::vector<char> buffer(sizeof(long) + (1 << 20));
  for (uint32_t i = 0; i < count; i++) {
    ssize_t got = msgrcv(id, buffer.data(), buffer.size() - sizeof(long), i, msg_copy | IPC_NOWAIT | MSG_NOERROR);
    if (got < 0) fail_call("look at message %u of message queue %d", i, id);
    uint64_t size = static_cast<uint64_t>(got);
    out.append(buffer.data(), sizeof(long));
    out += Records::bytes_of(size);
    out.append(buffer.data() + sizeof(long), size);
    pad_to_8(out);
  }
  return out;
}

static void collect_queue(int id, int system, const msqid_ds &status, Records &records) {
  image_sysv_msg out{};
  out.ipc = permissions(status.msg_perm);
  out.qbytes = status.msg_qbytes;
  out.count = static_cast<uint32_t>(status.msg_qnum);
  records.add(RECORD_SYSV_MSG, static_cast<uint32_t>(id), "", Records::bytes_of(out) + copy_messages(system, out.count));
}

// Of what is asked about an object. False: it is not there. Anything else that fails would lose it without a word.
static bool is_there(int result) {
  if (result < 0 && errno != EINVAL && errno != EIDRM) fail_call("ask about System V objects");
  return result >= 0;
}

static int last_of(int result) {
  if (result < 0) fail_call("list the System V objects");
  return result;
}

void collect_sysv(const std::map<int, std::string> &shm_paths, SharedMemory &shared, Records &records) {
  shmid_ds shm;
  for (int index = 0, last = last_of(shmctl(0, SHM_INFO, &shm)); index <= last; index++)
    if (int id = shmctl(index, SHM_STAT_ANY, &shm); is_there(id)) collect_segment(id, id, shm, shm_paths, shared, records);
  seminfo info;
  semid_ds sem;
  SemArgument argument{}, status{};
  argument.info = &info;
  status.status = &sem;
  for (int index = 0, last = last_of(semctl(0, 0, SEM_INFO, argument)); index <= last; index++)
    if (int id = semctl(index, 0, SEM_STAT_ANY, status); is_there(id)) collect_set(id, id, sem, records);
  msqid_ds msg;
  for (int index = 0, last = last_of(msgctl(0, MSG_INFO, &msg)); index <= last; index++)
    if (int id = msgctl(index, MSG_STAT_ANY, &msg); is_there(id)) collect_queue(id, id, msg, records);
}

// What the table names and the kernel doesn't know any more was removed by somebody outside.
void collect_bound_sysv(const std::map<int, std::string> &shm_paths, SharedMemory &shared, Records &records) {
  shmid_ds shm;
  for (const ids::Object &object : ids::objects(ID_SHM))
    if (is_there(shmctl(object.system, IPC_STAT, &shm))) collect_segment(object.virtual_id, object.system, shm, shm_paths, shared, records);
  semid_ds sem;
  SemArgument status{};
  status.status = &sem;
  for (const ids::Object &object : ids::objects(ID_SEM))
    if (is_there(semctl(object.system, 0, IPC_STAT, status))) collect_set(object.virtual_id, object.system, sem, records);
  msqid_ds msg;
  for (const ids::Object &object : ids::objects(ID_MSG))
    if (is_there(msgctl(object.system, IPC_STAT, &msg))) collect_queue(object.virtual_id, object.system, msg, records);
}

void remove_bound_sysv() {
  for (table_id_type type : {ID_SHM, ID_SEM, ID_MSG})
    for (const ids::Object &object : ids::objects(type)) {
      if (type == ID_SHM) shmctl(object.system, IPC_RMID, nullptr);
      if (type == ID_SEM) semctl(object.system, 0, IPC_RMID);
      if (type == ID_MSG) msgctl(object.system, IPC_RMID, nullptr);
      ids::removed(type, object.system);
    }
}

void remove_sysv() {
  shmid_ds shm;
  for (int index = shmctl(0, SHM_INFO, &shm); index >= 0; index--)
    if (int id = shmctl(index, SHM_STAT_ANY, &shm); id >= 0) shmctl(id, IPC_RMID, nullptr);
  seminfo info;
  SemArgument argument{};
  argument.info = &info;
  for (int index = semctl(0, 0, SEM_INFO, argument); index >= 0; index--) {
    semid_ds sem;
    argument.status = &sem;
    if (int id = semctl(index, 0, SEM_STAT_ANY, argument); id >= 0) semctl(id, 0, IPC_RMID);
  }
  msqid_ds msg;
  for (int index = msgctl(0, MSG_INFO, &msg); index >= 0; index--)
    if (int id = msgctl(index, MSG_STAT_ANY, &msg); id >= 0) msgctl(id, IPC_RMID, nullptr);
}
