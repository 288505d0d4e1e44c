#include "checkpoint/forge/sys.h"
#include "checkpoint/forge/bound-ids.h"
#include "checkpoint/forge/global-state.h"
#include "checkpoint/forge/heap.h"
#include "checkpoint/forge/init.h"
#include "checkpoint/forge/layout.h"
#include "checkpoint/forge/shared.h"
#include "checkpoint/forge/text.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* Tells the instance's IPC namespace which id the next object gets. */
static int next_id(const char *setting, uint32_t id) {
  if (init.plain) return 0; /* the namespace is the host's: the table says what it becomes */
  char path[64], number[16];
  struct line line = line_in(path, sizeof path), value = line_in(number, sizeof number);
  put(&line, "/proc/sys/kernel/");
  put(&line, setting);
  put_number(&value, id);
  long fd = sys_open(path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return fail(fd, "open", path);
  long n = sys_write(fd, number, (size_t)(value.at - number));
  sys_close(fd);
  return n < 0 ? fail(n, "write the id to", path) : 0;
}

static int exact(long id, struct object *object, enum table_id_type type, const char *what) {
  if (id < 0) return fail_number(id, what, object->item.head->id);
  object->system_id = (int)id;
  if (init.plain) return bound_object(type, object->item.head->id, (int)id) < 0 ? fail_number(-EPROTO, what, object->item.head->id) : 0;
  return (uint32_t)id == object->item.head->id ? 0 : fail_number(-EEXIST, what, object->item.head->id);
}

static int fill_segment(const struct object *object) {
  const struct image_sysv_shm *shm = object->item.data;
  struct object *contents = object_by_id(image.shmems, image.shmem_count, shm->shmem);
  if (!contents) return 0;
  const struct image_shmem *s = contents->item.data;
  long at = sys3(SYS_shmat, object->system_id, SCRATCH_AT, 0);
  if (is_error(at)) return fail_number(at, "attach shared memory segment", object->system_id);
  if (extents_copy((const void *)(s + 1), s->extent_count, (uint64_t)at) < 0) return -1;
  long r = sys1(SYS_shmdt, at);
  return r < 0 ? fail_number(r, "let go of shared memory segment", object->system_id) : 0;
}

static int make_segment(struct object *object) {
  const struct image_sysv_shm *shm = object->item.data;
  if (next_id("shm_next_id", object->item.head->id) < 0) return -1;
  long id = sys3(SYS_shmget, system_key(shm->ipc.key), shm->size, (shm->ipc.mode & 0777) | IPC_CREAT | IPC_EXCL);
  if (exact(id, object, ID_SHM, "make shared memory segment") < 0) return -1;
  struct shmid_ds about = {0};
  about.shm_perm.uid = shm->ipc.uid;
  about.shm_perm.gid = shm->ipc.gid;
  about.shm_perm.mode = shm->ipc.mode & 0777;
  if (fill_segment(object) < 0) return -1;
  long r = sys3(SYS_shmctl, id, IPC_SET, &about);
  return r < 0 ? fail_number(r, "set the owner of shared memory segment", id) : 0;
}

static int make_semaphores(struct object *object) {
  const struct image_sysv_sem *sem = object->item.data;
  if (sem->nsems * sizeof(uint16_t) > object->item.size - sizeof *sem) return fail_number(-EPROTO, "read semaphore set", object->item.head->id);
  if (next_id("sem_next_id", object->item.head->id) < 0) return -1;
  long id = sys3(SYS_semget, system_key(sem->ipc.key), sem->nsems, (sem->ipc.mode & 0777) | IPC_CREAT | IPC_EXCL);
  if (exact(id, object, ID_SEM, "make semaphore set") < 0) return -1;
  long r = sys4(SYS_semctl, id, 0, SETALL, sem + 1);
  if (r < 0) return fail_number(r, "set the values of semaphore set", id);
  struct semid_ds about = {0};
  about.sem_perm.uid = sem->ipc.uid;
  about.sem_perm.gid = sem->ipc.gid;
  about.sem_perm.mode = sem->ipc.mode & 0777;
  r = sys4(SYS_semctl, id, 0, IPC_SET, &about);
  return r < 0 ? fail_number(r, "set the owner of semaphore set", id) : 0;
}

static int send_messages(const struct object *object, int queue) {
  const struct image_sysv_msg *msg = object->item.data;
  const char *at = (const char *)(msg + 1), *end = (const char *)msg + object->item.size;
  for (uint32_t i = 0; i < msg->count; i++) {
    const struct { int64_t type; uint64_t size; char bytes[]; } *message = (const void *)at;
    if (message->bytes > end || message->size > (uint64_t)(end - message->bytes)) return fail_number(-EPROTO, "read message queue", queue);
    struct { long type; char bytes[]; } *copy = heap_take(sizeof *copy + message->size);
    if (!copy) return fail_number(-ENOMEM, "copy message queue", queue);
    copy->type = message->type;
    memcpy(copy->bytes, message->bytes, message->size);
    long r = sys4(SYS_msgsnd, queue, copy, message->size, IPC_NOWAIT);
    if (r < 0) return fail_number(r, "fill message queue", queue);
    at = message->bytes + ((message->size + 7) & ~7ull);
  }
  return 0;
}

static int make_queue(struct object *object) {
  const struct image_sysv_msg *msg = object->item.data;
  if (next_id("msg_next_id", object->item.head->id) < 0) return -1;
  long id = sys2(SYS_msgget, system_key(msg->ipc.key), (msg->ipc.mode & 0777) | IPC_CREAT | IPC_EXCL);
  if (exact(id, object, ID_MSG, "make message queue") < 0) return -1;
  struct msqid_ds about = {0};
  about.msg_perm.uid = msg->ipc.uid;
  about.msg_perm.gid = msg->ipc.gid;
  about.msg_perm.mode = msg->ipc.mode & 0777;
  about.msg_qbytes = msg->qbytes;
  long r = sys3(SYS_msgctl, id, IPC_SET, &about);
  if (r < 0 && r != -EPERM) return fail_number(r, "set the owner of message queue", id);
  return send_messages(object, (int)id);
}

int sysv_make(void) {
  for (uint32_t i = 0; i < image.shm_count; i++)
    if (make_segment(&image.shms[i]) < 0) return -1;
  for (uint32_t i = 0; i < image.sem_count; i++)
    if (make_semaphores(&image.sems[i]) < 0) return -1;
  for (uint32_t i = 0; i < image.msg_count; i++)
    if (make_queue(&image.msgs[i]) < 0) return -1;
  return 0;
}

int sysv_remove_marked(void) {
  for (uint32_t i = 0; i < image.shm_count; i++) {
    const struct image_sysv_shm *shm = image.shms[i].item.data;
    if (!shm->removed) continue;
    long r = sys3(SYS_shmctl, image.shms[i].system_id, IPC_RMID, 0);
    if (r < 0) return fail_number(r, "mark for removal shared memory segment", image.shms[i].system_id);
  }
  return 0;
}
