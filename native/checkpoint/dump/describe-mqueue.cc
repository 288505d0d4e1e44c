// POSIX message queues: files of the instance's IPC namespace. Nothing looks into one without taking out what is in it, so each
// message is taken and put back in the same order.
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/guardian.h"
#include "checkpoint/dump/ids.h"
#include "checkpoint/dump/notifications.h"

static constexpr const char *directory = "/dev/mqueue";

static constexpr long mqueue_magic = 0x19800202;

// Without root the instance's own mount may be of another namespace than the queues that it shares with others.
static bool is_queue_file(const Description &description) {
  struct statfs about;
  Descriptor file = proc_open(description.proc_path(), O_PATH);
  return file && fstatfs(file.get(), &about) == 0 && about.f_type == mqueue_magic;
}

bool is_mqueue(const Collector &collector, const Description &description) {
  struct stat status;
  if (!description.is(S_IFREG)) return false;
  if (ids::on()) return is_queue_file(description);
  if (!collector.own_ipc) return false;
  if (stat(directory, &status) == 0) return status.st_dev == description.status.st_dev;
  if (errno != ENOENT && errno != ENOTDIR) fail_call("look at %s", directory);
  return false;
}

// Under the preload mechanism all instances share a namespace, and the AID's tag stands before each name. False: it is none of the instance's.
static bool own_name(const Collector &collector, std::string &name) { return !ids::on() || collector.ports.strip_name_tag(name); }

struct Message {
  int64_t priority;
  std::string bytes;
};

static void take_all(mqd_t queue, const mq_attr &about, const std::string &name, std::vector<Message> &out) {
  std::string buffer(static_cast<size_t>(about.mq_msgsize), '\0');
  for (long i = 0; i < about.mq_curmsgs; i++) {
    unsigned priority = 0;
    ssize_t got = mq_receive(queue, buffer.data(), buffer.size(), &priority);
    if (got < 0) fail_call("take a message from the queue %s", name.c_str());
    out.push_back({priority, buffer.substr(0, static_cast<size_t>(got))});
  }
}

// The kernel may have no memory for it just now: it is asked again before the message is given up.
static bool sent(mqd_t queue, const Message &message) {
  constexpr int most_tries = 500, pause_us = 2000;
  for (int tries = 0; tries < most_tries; tries++) {
    if (mq_send(queue, message.bytes.data(), message.bytes.size(), static_cast<unsigned>(message.priority)) == 0) return true;
    usleep(pause_us);
  }
  return false;
}

static void put_back(mqd_t queue, const std::vector<Message> &messages, const std::string &name) {
  for (const Message &message : messages)
    if (!sent(queue, message)) fail_call("put back a message into the queue %s", name.c_str());
}

static std::string packed(const std::vector<Message> &messages) {
  std::string out;
  for (const Message &message : messages) {
    out += Records::bytes_of(message.priority);
    out += Records::bytes_of(static_cast<uint64_t>(message.bytes.size()));
    out += message.bytes;
    pad_to_8(out);
  }
  return out;
}

static std::string messages_of(mqd_t queue, const mq_attr &about, const Notification *notification, const std::string &name) {
  if (about.mq_curmsgs == 0 && !notification) return "";
  return in_guardian([&] {
    std::vector<Message> messages;
    std::exception_ptr thrown;
    try {
      take_all(queue, about, name, messages);
      if (notification) notification->sound(queue);
    } catch (const Failure &) {
      thrown = std::current_exception();
    }
    put_back(queue, messages, name);
    if (thrown) std::rethrow_exception(thrown);
    return packed(messages);
  });
}

// queue: open for both ways, not waiting.
static uint32_t record_queue(Collector &collector, mqd_t queue, const std::string &name, const struct stat &status) {
  auto [entry, fresh] = collector.mqueues.try_emplace(status.st_ino, static_cast<uint32_t>(collector.mqueues.size() + 1));
  if (!fresh) return entry->second;
  mq_attr about{};
  if (mq_getattr(queue, &about) != 0) fail_call("ask about the message queue %s", name.c_str());
  std::optional<Notification> notification = Notification::of(collector, queue, name);
  image_mqueue out{};
  out.uid = status.st_uid;
  out.gid = status.st_gid;
  out.mode = status.st_mode & 07777;
  out.unlinked = status.st_nlink == 0 ? 1 : 0;
  out.max_messages = static_cast<uint64_t>(about.mq_maxmsg);
  out.message_size = static_cast<uint64_t>(about.mq_msgsize);
  out.count = static_cast<uint32_t>(about.mq_curmsgs);
  std::string messages = messages_of(queue, about, notification ? &*notification : nullptr, name);
  if (notification) notification->renew(collector);
  collector.records.add(RECORD_POSIX_MQ, entry->second, name, Records::bytes_of(out) + messages);
  return entry->second;
}

void describe_mqueue(Collector &collector, const Description &description) {
  static const std::string deleted_mark = " (deleted)";
  Descriptor queue = proc_open(description.proc_path(), O_RDWR | O_NONBLOCK);
  std::string name = description.link.substr(description.link.rfind('/') + 1);
  if (name.ends_with(deleted_mark)) name.resize(name.size() - deleted_mark.size());
  else collector.open_queue_names.insert(name);
  if (!own_name(collector, name)) refuse_description(description, "a message queue of the host's");
  image_file out{};
  out.flags = description.flags;
  out.mode = description.status.st_mode;
  out.pos = record_queue(collector, queue.get(), name, description.status);
  collector.records.add(RECORD_MQ_OPEN, description.id, "", out);
}

struct QueueName { std::string system, own; };

static std::vector<QueueName> listed_queues(const Collector &collector) {
  std::vector<QueueName> out;
  struct statfs about;
  if (statfs(directory, &about) != 0 || about.f_type != mqueue_magic) return out; // the instance has unmounted it
  DIR *queues = opendir(directory);
  if (!queues) fail_call("list %s", directory);
  errno = 0; // only so a list that was cut short is told from one that is whole
  while (struct dirent *entry = readdir(queues)) {
    std::string own = entry->d_name;
    if (own[0] != '.' && own_name(collector, own)) out.push_back({entry->d_name, own});
  }
  int error = errno;
  closedir(queues);
  errno = error;
  if (error != 0) fail_call("list all of %s", directory);
  return out;
}

// Under the preload mechanism those that the table knows too: an ordinary user may list none.
static std::vector<QueueName> own_queues(const Collector &collector) {
  std::vector<QueueName> out = listed_queues(collector);
  for (const std::string &system : ids::on() ? collector.ports.queue_names() : std::vector<std::string>()) {
    std::string own = system;
    bool listed = std::any_of(out.begin(), out.end(), [&](const QueueName &name) { return name.system == system; });
    if (!listed && own_name(collector, own)) out.push_back({system, own});
  }
  return out;
}

void describe_named_mqueues(Collector &collector) {
  for (const QueueName &name : own_queues(collector)) {
    Descriptor queue(mq_open(("/" + name.system).c_str(), O_RDWR | O_NONBLOCK));
    struct stat status;
    if (!queue && errno == ENOENT && ids::on()) continue; // a name outlives its queue
    if (!queue || fstat(queue.get(), &status) != 0) fail_call("open the message queue %s", name.own.c_str());
    record_queue(collector, queue.get(), name.own, status);
  }
}

void remove_named_mqueues(const Collector &collector) {
  for (const std::string &name : collector.open_queue_names) mq_unlink(("/" + name).c_str());
  for (const QueueName &name : own_queues(collector)) mq_unlink(("/" + name.system).c_str());
}
