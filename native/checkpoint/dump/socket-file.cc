#include "checkpoint/dump/socket-file.h"

#include <dirent.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <functional>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/host-proc.h"

static constexpr unsigned long unix_file = SIOCPROTOPRIVATE; // SIOCUNIXFILE of linux/un.h: the bound file, opened with O_PATH

static bool is_there(const std::string &path, const std::function<bool(const struct stat &)> &is_it) {
  struct stat there;
  return lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode) && is_it(there);
}

static std::string path_beside(const std::string &name, const std::function<bool(const struct stat &)> &is_it) {
  std::string directory = name.substr(0, name.rfind('/') + 1), out;
  DIR *names = opendir(directory.c_str());
  if (!names) return out;
  while (struct dirent *entry = readdir(names)) {
    if (entry->d_type != DT_SOCK && entry->d_type != DT_UNKNOWN) continue;
    if (!is_there(directory + entry->d_name, is_it)) continue;
    out = directory + entry->d_name;
    break;
  }
  closedir(names);
  return out;
}

bool ask_socket_file(int fd, const std::string &name, std::string &out) {
  Descriptor file(ioctl(fd, unix_file));
  struct stat own;
  if (!file || fstat(file.get(), &own) != 0) return false;
  auto is_it = [&own](const struct stat &there) { return there.st_ino == own.st_ino && there.st_dev == own.st_dev; };
  std::string path = proc_link(text("self/fd/%d", file.get()));
  if (is_there(path, is_it)) out = is_there(name, is_it) ? name : path; // the name may lead there through a link
  else out = own.st_nlink > 0 ? path_beside(name, is_it) : "";
  return true;
}

std::string find_socket_file(const UnixSocket &socket, const std::string &name) {
  auto is_it = [&socket](const struct stat &there) { return static_cast<uint32_t>(there.st_ino) == socket.file; };
  return is_there(name, is_it) ? name : path_beside(name, is_it);
}
