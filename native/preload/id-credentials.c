/* Process ids that sockets carry: of the peer, and beside a message. */
#include "preload/ids.h"
#include <string.h>
#include <sys/socket.h>

void credentials_to_virtual(int level, int name, void *value, socklen_t length) {
  struct ucred *peer = value;
  if (level != SOL_SOCKET || name != SO_PEERCRED || length < sizeof *peer || !ids_on() || peer->pid <= 0) return;
  peer->pid = pid_shown(peer->pid);
}

/* The control message that holds credentials, whole; NULL: none. */
static struct ucred *credentials_in(const struct msghdr *message) {
  if (message->msg_control == NULL || message->msg_controllen < CMSG_LEN(sizeof(struct ucred))) return NULL;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR((struct msghdr *)message, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len >= CMSG_LEN(sizeof(struct ucred)))
      return (struct ucred *)(void *)CMSG_DATA(part);
  return NULL;
}

void control_to_virtual(struct msghdr *message) {
  struct ucred *sender = ids_on() ? credentials_in(message) : NULL;
  if (sender != NULL && sender->pid > 0) sender->pid = pid_shown(sender->pid);
}

const struct msghdr *control_to_system(const struct msghdr *message, struct msghdr *changed, void *room, size_t size) {
  if (!ids_on() || message->msg_control == NULL || message->msg_controllen > size) return message;
  if (!readable(message->msg_control, message->msg_controllen) || credentials_in(message) == NULL) return message;
  memcpy(room, message->msg_control, message->msg_controllen);
  *changed = *message;
  changed->msg_control = room;
  struct ucred *sender = credentials_in(changed);
  long system = pid_argument(sender->pid);
  if (system > 0) sender->pid = (pid_t)system;
  return changed;
}
