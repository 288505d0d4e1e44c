// Pseudo-terminals whose both ends are the instance's own: settings, size, whose controlling terminal they are, and what their master
// and their programs have still to read.
#include <asm/termbits.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "checkpoint/dump/description.h"
#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/guardian.h"
#include "checkpoint/dump/typed-input.h"

static constexpr unsigned first_major = 136, last_major = 143; // of /dev/pts/*

bool is_terminal(const Description &description) {
  if (!description.is(S_IFCHR)) return false;
  unsigned number = major(description.status.st_rdev);
  return description.status.st_rdev == makedev(5, 2) || description.status.st_rdev == makedev(5, 0) || (number >= first_major && number <= last_major);
}

static bool is_master(const Description &description) { return description.is(S_IFCHR) && description.status.st_rdev == makedev(5, 2); }

static uint32_t number_of(dev_t device) { return (major(device) - first_major) * 256 + minor(device); }

static uint32_t master_index(const Description &master) {
  unsigned index = 0;
  if (ioctl(master.borrow().get(), TIOCGPTN, &index) != 0) fail_call("ask the number of the terminal of %s", master.words().c_str());
  return index;
}

static const Description *find_master(const Collector &collector, uint32_t index) {
  for (const Description &other : collector.all)
    if (is_master(other) && master_index(other) == index) return &other;
  return nullptr;
}

static uint32_t slave_index(const Description &slave) {
  unsigned device = 0;
  if (ioctl(slave.borrow().get(), TIOCGDEV, &device) != 0) fail_call("ask for the terminal of %s", slave.words().c_str());
  unsigned number = (device >> 8) & 0xfff;
  if (number < first_major || number > last_major) refuse_description(slave, text("the device %s", slave.link.c_str()).c_str());
  return number_of(makedev(number, (device & 0xff) | ((device >> 12) & 0xfff00)));
}

// /proc/PID/stat tells the controlling terminal, and the foreground group of it.
static void find_session(const Collector &collector, image_terminal &out) {
  for (const auto &process : collector.instance.processes) {
    if (process->zombie) continue;
    std::vector<std::string> stat = parse_stat(proc_read(text("%d/stat", process->pid)));
    unsigned long long device = stat_number(stat, 7);
    if (device == 0 || number_of(makedev((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00))) != out.index) continue;
    out.session = process->image.sid;
    pid_t group = atoi(stat[8 - 3].c_str());
    out.foreground = group > 0 ? static_cast<uint32_t>(collector.instance.virtual_group_of(group)) : 0;
    return;
  }
}

// Taken out, and put back by way of the slave, unprocessed: it has been processed before.
static std::string output_of(int master, uint32_t index, int waiting, const std::string &words) {
  Descriptor slave(open(text("/dev/pts/%u", index).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!slave) fail_call("open /dev/pts/%u", index);
  int packet = 0, off = 0;
  termios2 settings{}, plain{};
  if (ioctl(master, TIOCGPKT, &packet) != 0 || ioctl(master, TIOCPKT, &off) != 0 || ioctl(master, TCGETS2, &settings) != 0)
    fail_call("ask about the terminal of %s", words.c_str());
  plain = settings;
  plain.c_oflag = 0;
  std::string out(static_cast<size_t>(waiting), '\0');
  ssize_t got = read(master, out.data(), out.size());
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  bool back = ioctl(master, TCSETS2, &plain) == 0;
  for (size_t done = 0; back && done < out.size();) {
    ssize_t put = write(slave.get(), out.data() + done, out.size() - done);
    if (put <= 0) back = false;
    else done += static_cast<size_t>(put);
  }
  back = ioctl(master, TCSETS2, &settings) == 0 && back;
  if (ioctl(master, TIOCPKT, &packet) != 0 || !back) fail_call("put back what the terminal of %s has to tell", words.c_str());
  return out;
}

// Opened by this program alone, and closed again, it would be seen to have hung up.
static const Description *find_slave(const Collector &collector, uint32_t index) {
  for (const Description &other : collector.all)
    if (is_terminal(other) && !(other.flags & O_PATH) && !is_master(other) && slave_index(other) == index) return &other;
  return nullptr;
}

static void record_input(Collector &collector, const Description &description, int master, uint32_t index) {
  const Description *slave = find_slave(collector, index);
  if (!slave) return;
  std::string lines = typed_input(*slave, master, slave->borrow().get(), index);
  if (!lines.empty()) collector.records.add(RECORD_TYPED, description.id, "", lines);
}

// Nothing tells that output is held (^S, tcflow) but that none is taken, while there is room for it.
static bool is_held(const Collector &collector, uint32_t index) {
  for (const Description &other : collector.all) {
    if (!is_terminal(other) || is_master(other) || slave_index(other) != index) continue;
    Descriptor fd = other.borrow();
    pollfd state{fd.get(), POLLOUT, 0};
    return poll(&state, 1, 0) >= 0 && !(state.revents & (POLLOUT | POLLHUP | POLLERR));
  }
  return false;
}

// Of more there may be some on its way, behind what the kernel has at hand for the master (4095 bytes): put back, that would come after it.
static constexpr int most_waiting = 3000;

static void refuse_state(const Collector &collector, const Description &description, int master, uint32_t index) {
  int waiting = 0;
  termios locked{}, none{};
  if (ioctl(master, FIONREAD, &waiting) != 0 || ioctl(master, TIOCGLCKTRMIOS, &locked) != 0) fail_call("ask about the terminal of %s", description.words().c_str());
  if (memcmp(&locked, &none, sizeof none) != 0) refuse_description(description, "a terminal whose settings are locked (TIOCSLCKTRMIOS)");
  if (waiting > most_waiting) refuse(EBUSY, "%s is a terminal with much output that is not read yet", description.words().c_str());
  if (is_held(collector, index)) refuse_description(description, "a terminal whose output is held (^S)");
}

static std::string describe_master(Collector &collector, const Description &description, image_terminal &out) {
  Descriptor fd = description.borrow();
  winsize size{};
  int locked = 0, packet = 0, exclusive = 0, discipline = 0, waiting = 0;
  struct stat status{};
  static_assert(sizeof(termios2) <= sizeof out.settings);
  refuse_state(collector, description, fd.get(), out.index);
  record_input(collector, description, fd.get(), out.index);
  if (ioctl(fd.get(), TCGETS2, out.settings) != 0 || ioctl(fd.get(), TIOCGWINSZ, &size) != 0 || ioctl(fd.get(), TIOCGPTLCK, &locked) != 0 ||
      ioctl(fd.get(), TIOCGPKT, &packet) != 0 || ioctl(fd.get(), TIOCGEXCL, &exclusive) != 0 || ioctl(fd.get(), TIOCGETD, &discipline) != 0 ||
      ioctl(fd.get(), FIONREAD, &waiting) != 0)
    fail_call("ask about the terminal of %s", description.words().c_str());
  if (discipline != 0) refuse_description(description, "a terminal that is in use as something else (line discipline)");
  if (stat(text("/dev/pts/%u", out.index).c_str(), &status) != 0) refuse_description(description, "a terminal of another /dev/pts");
  pollfd state{fd.get(), POLLIN, 0};
  if (poll(&state, 1, 0) < 0) fail_call("look at the terminal of %s", description.words().c_str());
  out.hung_up = state.revents & POLLHUP ? 1 : 0;
  out.locked = locked ? 1 : 0;
  out.packet = packet ? 1 : 0;
  out.exclusive = exclusive ? 1 : 0;
  out.uid = status.st_uid;
  out.gid = status.st_gid;
  out.mode = status.st_mode & 07777;
  out.rows = size.ws_row;
  out.columns = size.ws_col;
  out.width = size.ws_xpixel;
  out.height = size.ws_ypixel;
  find_session(collector, out);
  if (waiting == 0) return "";
  return in_guardian([&] { return output_of(fd.get(), out.index, waiting, description.words()); });
}

static void describe_slave(const Collector &collector, const Description &description, const image_terminal &out) {
  if (!find_master(collector, out.index)) refuse_description(description, "a terminal whose other end is outside of the instance");
}

void describe_terminal(Collector &collector, const Description &description) {
  image_terminal out{};
  out.flags = description.flags;
  out.slave = is_master(description) ? 0 : 1;
  out.index = out.slave ? slave_index(description) : master_index(description);
  std::string bytes;
  if (out.slave) describe_slave(collector, description, out);
  else bytes = describe_master(collector, description, out);
  out.size = bytes.size();
  collector.records.add(RECORD_TERMINAL, description.id, "", Records::bytes_of(out) + bytes);
}

void refuse_outer_terminals(const Collector &collector) {
  for (const auto &process : collector.instance.processes) {
    if (process->zombie) continue;
    unsigned long long device = stat_number(parse_stat(proc_read(text("%d/stat", process->pid))), 7);
    if (device == 0) continue;
    unsigned number = (device >> 8) & 0xfff;
    dev_t terminal = makedev(number, (device & 0xff) | ((device >> 12) & 0xfff00));
    if (number < first_major || number > last_major || !find_master(collector, number_of(terminal)))
      refuse(EOPNOTSUPP, "process %d has a controlling terminal whose other end is outside of the instance, which can't be part of a template",
             process->virtual_pid);
  }
}
