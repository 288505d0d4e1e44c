#include "checkpoint/dump/peer-credentials.h"

#include <sys/socket.h>

#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/inside.h"

static bool ask(int fd, ucred &out) {
  socklen_t size = sizeof out;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &out, &size) == 0;
}

void read_peer_credentials(const Instance &instance, int fd, image_socket &out) {
  ucred who{};
  if (!ask(fd, who) || who.pid == 0) return; // nobody's: not connected, or from another namespace
  pid_t number = instance.virtual_of(who.pid);
  if (number == 0 && ids::on()) number = ids::shown(who.pid);
  else if (number == 0) inside_instance(instance, [&] { number = ask(fd, who) ? who.pid : 0; });
  out.peer_pid = static_cast<uint32_t>(number);
  out.peer_uid = who.uid;
  out.peer_gid = who.gid;
}
