#include "checkpoint/dump/host-proc.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "checkpoint/dump/failure.h"

static Descriptor proc_root;
static ino_t outside;

void open_host_proc() {
  proc_root = Descriptor(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat own;
  if (!proc_root || !proc_stat("self/ns/mnt", own)) fail_call("open /proc");
  outside = own.st_ino;
}

ino_t mount_namespace_outside() { return outside; }

static bool read_all(int fd, std::string &out) {
  char buffer[65536];
  for (;;) {
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    out.append(buffer, static_cast<size_t>(got));
  }
}

std::string proc_read(const std::string &path) {
  Descriptor file = proc_open(path, O_RDONLY);
  std::string out;
  if (!read_all(file.get(), out)) fail_call("read /proc/%s", path.c_str());
  return out;
}

// What becomes of looking into a process that has just ended.
static bool has_ended(int error) { return error == ENOENT || error == ESRCH; }

std::string proc_read_optional(const std::string &path) {
  Descriptor file(openat(proc_root.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out;
  if (file && read_all(file.get(), out)) return out;
  if (!has_ended(errno) && errno != EACCES && errno != EPERM) fail_call("read /proc/%s", path.c_str());
  return "";
}

std::string proc_link(const std::string &path) {
  char buffer[8192];
  ssize_t length = readlinkat(proc_root.get(), path.c_str(), buffer, sizeof buffer);
  if (length < 0) fail_call("readlink /proc/%s", path.c_str());
  return std::string(buffer, static_cast<size_t>(length));
}

Descriptor proc_open(const std::string &path, int flags) {
  Descriptor file(openat(proc_root.get(), path.c_str(), flags | O_CLOEXEC));
  if (!file) fail_call("open /proc/%s", path.c_str());
  return file;
}

bool proc_stat(const std::string &path, struct stat &out) { return fstatat(proc_root.get(), path.c_str(), &out, 0) == 0; }

std::vector<int> proc_numbers(const std::string &path) {
  std::vector<int> out;
  int fd = openat(proc_root.get(), path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && has_ended(errno)) return out;
  DIR *directory = fd < 0 ? nullptr : fdopendir(fd);
  if (!directory) {
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    fail_call("list /proc/%s", path.c_str());
  }
  errno = 0; // only so a list that was cut short is told from one that is whole
  while (struct dirent *entry = readdir(directory))
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') out.push_back(atoi(entry->d_name));
  int error = errno;
  closedir(directory);
  errno = error;
  if (error != 0 && !has_ended(error)) fail_call("list all of /proc/%s", path.c_str());
  std::sort(out.begin(), out.end());
  return out;
}

void append_children(pid_t pid, std::vector<pid_t> &out) {
  for (int tid : proc_numbers(text("%d/task", pid)))
    for (const std::string &child : split_words(proc_read_optional(text("%d/task/%d/children", pid, tid)))) out.push_back(atoi(child.c_str()));
}

Fields parse_fields(const std::string &content) {
  Fields out;
  for (size_t at = 0; at < content.size();) {
    size_t end = std::min(content.find('\n', at), content.size());
    size_t colon = content.find(':', at);
    if (colon < end) {
      size_t value = content.find_first_not_of(" \t", colon + 1);
      out.emplace(content.substr(at, colon - at), value < end ? content.substr(value, end - value) : "");
    }
    at = end + 1;
  }
  return out;
}

const std::string &field(const Fields &fields, std::string_view key) {
  static const std::string none;
  auto found = fields.find(key);
  return found == fields.end() ? none : found->second;
}

std::vector<std::string> split_words(const std::string &value) {
  std::vector<std::string> out;
  for (size_t at = value.find_first_not_of(" \t\n"); at != std::string::npos;) {
    size_t end = std::min(value.find_first_of(" \t\n", at), value.size());
    out.push_back(value.substr(at, end - at));
    at = value.find_first_not_of(" \t\n", end);
  }
  return out;
}

std::string last_word(const std::string &value) {
  std::vector<std::string> words = split_words(value);
  return words.empty() ? "" : words.back();
}

std::vector<std::string> parse_stat(const std::string &content) {
  size_t bracket = content.rfind(')');
  return split_words(bracket == std::string::npos ? "" : content.substr(bracket + 1));
}

unsigned long long stat_number(const std::vector<std::string> &fields, size_t number) {
  if (number < 3 || number - 3 >= fields.size()) return 0;
  return strtoull(fields[number - 3].c_str(), nullptr, 10);
}
