// Files, directories, named pipes and the plain devices: what a path opens again.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/other-name.h"
#include "checkpoint/dump/secret-memory.h"

static const std::string deleted_mark = " (deleted)";

static std::string contents_of(const std::string &path, uint64_t size) {
  std::string out(size, '\0');
  Descriptor file = proc_open(path, O_RDONLY);
  for (uint64_t at = 0; at < size;) {
    ssize_t got = pread(file.get(), out.data() + at, size - at, static_cast<off_t>(at));
    if (got < 0) fail_call("read the deleted file /proc/%s", path.c_str());
    if (got == 0) break; // it is shorter than stat said: zeros
    at += static_cast<uint64_t>(got);
  }
  return out;
}

static bool is_readable(const std::string &path) {
  try {
    return static_cast<bool>(proc_open(path, O_RDONLY));
  } catch (const Failure &failure) {
    if (failure.code != ENXIO) throw;
    return false;
  }
}

// A name can end in " (deleted)" honestly: it does when a file of that very name is there.
static bool is_unlinked(const std::string &link, const struct stat &status) {
  if (status.st_nlink == 0 && !S_ISDIR(status.st_mode)) return true;
  struct stat there;
  return link.ends_with(deleted_mark) && lstat(link.c_str(), &there) != 0;
}

static uint32_t flock_of(const Description &description) {
  size_t at = description.info_text.find("FLOCK");
  if (at == std::string::npos) return 0;
  std::string line = description.info_text.substr(at, description.info_text.find('\n', at) - at);
  return line.find("WRITE") != std::string::npos ? LOCK_EX : LOCK_SH;
}

static std::string fill_contents(Collector &collector, uint32_t id, image_file &out, const std::string &path, std::string &link, const struct stat &status) {
  out.uid = status.st_uid;
  out.gid = status.st_gid;
  if (!is_unlinked(link, status)) return "";
  if (link.ends_with(deleted_mark)) link.resize(link.size() - deleted_mark.size());
  bool may_have_another = status.st_nlink > 0 && S_ISREG(status.st_mode);
  if (std::string name = may_have_another ? other_name(link, status.st_dev, status.st_ino) : ""; !name.empty()) {
    link = name;
    return "";
  }
  if (!S_ISREG(status.st_mode)) {
    out.unlinked = FILE_NAMELESS;
    return "";
  }
  if (link.starts_with("/memfd:")) {
    link.erase(0, strlen("/memfd:"));
    out.unlinked = FILE_MEMFD;
    out.size = collector.shared.object(path, link);
    return "";
  }
  if (may_be_secret(link) && !is_readable(path)) refuse_secret_memory();
  if (static_cast<uint64_t>(status.st_size) > RECORDS_MAX)
    refuse(EOPNOTSUPP, "a removed file that is still in use, %s, has %llu MiB: more than can be part of a template", link.c_str(), static_cast<unsigned long long>(status.st_size) >> 20);
  auto [first, fresh] = collector.nameless.try_emplace({status.st_dev, status.st_ino}, id);
  out.unlinked = fresh ? FILE_NAMELESS : FILE_TWIN;
  out.size = fresh ? static_cast<uint64_t>(status.st_size) : first->second;
  return fresh ? contents_of(path, out.size) : "";
}

// The first of all that stand for a named pipe brings what is in it.
static std::string fifo_contents(const Collector &collector, const Description &description, image_file &out) {
  if (!description.is(S_IFIFO) || collector.by_inode(description.status.st_ino, S_IFIFO, nullptr) != &description) return "";
  // Opened once more for reading: nobody who waits for a reader notices, for all stand still.
  Descriptor reader = proc_open(description.proc_path(), O_RDONLY | O_NONBLOCK);
  std::string bytes = bytes_in_pipe(description, reader.get(), false);
  out.unlinked = FILE_FIFO;
  out.size = bytes.size();
  return bytes;
}

void describe_file(Collector &collector, const Description &description) {
  image_file out{};
  out.flags = description.flags;
  out.mode = description.status.st_mode;
  out.pos = description.position;
  out.lock = flock_of(description);
  std::string name = description.link;
  std::string contents = fill_contents(collector, description.id, out, description.proc_path(), name, description.status);
  if (!out.unlinked) contents = fifo_contents(collector, description, out);
  if (out.unlinked != FILE_MEMFD) name = collector.paths.stored(collector.paths.in_view(name, description.status));
  ids::translate_path(name);
  collector.records.add(RECORD_FILE, description.id, name, Records::bytes_of(out) + contents);
}

void record_named_file(Collector &collector, uint32_t id, const std::string &path, const std::string &link, bool deleted, uint32_t flags) {
  struct stat status;
  if (!proc_stat(path, status)) fail_call("stat /proc/%s", path.c_str());
  image_file out{};
  out.flags = flags;
  out.mode = status.st_mode;
  std::string name = deleted ? link + deleted_mark : link;
  std::string contents = fill_contents(collector, id, out, path, name, status);
  if (out.unlinked != FILE_MEMFD) name = collector.paths.stored(collector.paths.in_view(name, status));
  ids::translate_path(name);
  collector.records.add(RECORD_FILE, id, name, Records::bytes_of(out) + contents);
}

void describe_stdio(Collector &collector, const Description &description, int which) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  image_file out{};
  out.flags = description.flags;
  out.mode = description.status.st_mode;
  out.pos = description.position;
  collector.records.add(RECORD_STDIO, description.id, names[which], out);
}
