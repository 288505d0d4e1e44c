/* SysV message queues: id, key, limits, and the messages with types, bytes and order. */
#include "process.h"
#include <sys/ipc.h>
#include <sys/msg.h>

struct message { long type; char text[4096]; };

static void send_text(int queue, long type, const char *text) {
  struct message message = {.type = type};
  snprintf(message.text, sizeof message.text, "%s", text);
  must(msgsnd(queue, &message, strlen(text), 0));
}
static void receive(int queue, long type, const char *expected) {
  struct message message;
  long length = must(msgrcv(queue, &message, sizeof message.text - 1, type, IPC_NOWAIT));
  message.text[length] = 0;
  expect_text("a message", expected, message.text);
}

int main(void) {
  begin();
  const key_t key = 0x51930000 | (getpid() & 0xffff);
  int queue = (int)must(msgget(key, IPC_CREAT | IPC_EXCL | 0660)), empty = (int)must(msgget(IPC_PRIVATE, 0600));
  static char large[3001];
  memset(large, 'z', 3000);
  send_text(queue, 3, "first of three");
  send_text(queue, 1, "first of one");
  send_text(queue, 3, "");
  send_text(queue, 2, large);
  send_text(queue, 3, "last of three");
  struct msqid_ds about;
  must(msgctl(queue, IPC_STAT, &about));
  unsigned long room = about.msg_qbytes;
  await_go();
  expect("the id of the key", queue, must(msgget(key, 0)));
  must(msgctl(queue, IPC_STAT, &about));
  expect("messages", 5, about.msg_qnum);
  expect("room", room, about.msg_qbytes);
  expect("mode", 0660, about.msg_perm.mode & 0777);
  receive(queue, 2, large);
  receive(queue, 0, "first of three");
  receive(queue, -2, "first of one");
  receive(queue, 3, "");
  send_text(queue, 9, "since");
  receive(queue, 0, "last of three");
  receive(queue, 9, "since");
  expect_errno(ENOMSG, msgrcv(queue, &about, 0, 0, IPC_NOWAIT));
  expect_errno(ENOMSG, msgrcv(empty, &about, 0, 0, IPC_NOWAIT));
  must(msgctl(queue, IPC_RMID, NULL));
  must(msgctl(empty, IPC_RMID, NULL));
  done();
}
