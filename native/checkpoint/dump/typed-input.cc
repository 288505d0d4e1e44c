// A terminal gives its input away only by being read. Read line by line, it tells where each ended; one that has not ended is to be read
// only while the terminal doesn't work by lines. All of it is then typed again, at the slave (TIOCSTI), with settings under which no byte is
// taken for a key but those that end lines, and nothing is shown: what was shown and signalled has been before.
#include "checkpoint/dump/typed-input.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "checkpoint/dump/failure.h"
#include "checkpoint/dump/guardian.h"

static constexpr int most_waiting = 3000; // well below what the kernel keeps (4095): none can be on its way behind it
static constexpr size_t line_room = 8192;

struct Line {
  std::string bytes;
  uint32_t end;
};

static bool works_by_lines(const termios2 &settings) { return settings.c_lflag & ICANON; }

static bool ends_line(const termios2 &settings, unsigned char byte) {
  bool second = (settings.c_lflag & IEXTEN) && settings.c_cc[VEOL2] && byte == settings.c_cc[VEOL2];
  return byte == '\n' || (settings.c_cc[VEOL] && byte == settings.c_cc[VEOL]) || second;
}

static void set(int master, const termios2 &settings) {
  if (ioctl(master, TCSETS2, &settings) != 0) fail_call("set a terminal");
}

static void take_lines(int slave, const termios2 &settings, std::vector<Line> &out) {
  char bytes[line_room];
  for (ssize_t got; out.size() < line_room && (got = read(slave, bytes, sizeof bytes)) >= 0;) {
    bool whole = got > 0 && ends_line(settings, static_cast<unsigned char>(bytes[got - 1]));
    out.push_back({std::string(bytes, static_cast<size_t>(got)), whole ? TYPED_WHOLE : TYPED_EOF});
  }
}

static void take_rest(int master, int slave, const termios2 &settings, std::vector<Line> &out) {
  termios2 raw = settings;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  set(master, raw);
  Line rest{"", TYPED_OPEN};
  char bytes[line_room];
  for (ssize_t got; (got = read(slave, bytes, sizeof bytes)) > 0;) rest.bytes.append(bytes, static_cast<size_t>(got));
  set(master, settings);
  if (!rest.bytes.empty()) out.push_back(std::move(rest));
}

// Two bytes that mean nothing else to the terminal: one that takes the next for what it is, one that ends a file.
static std::pair<unsigned char, unsigned char> free_keys(const termios2 &settings) {
  const unsigned char *keys = settings.c_cc;
  unsigned char found[2];
  for (unsigned char key = 1, count = 0; count < 2; key++)
    if (key != '\n' && key != keys[VSTART] && key != keys[VSTOP] && key != keys[VEOL] && key != keys[VEOL2]) found[count++] = key;
  return {found[0], found[1]};
}

// The keys that hold and start output stay: whoever has the master in packet mode is told when they change.
static termios2 verbatim(const termios2 &settings, unsigned char literal, unsigned char end_of_file) {
  termios2 out = settings;
  out.c_iflag &= ~static_cast<tcflag_t>(ISTRIP | INLCR | IGNCR | ICRNL | IUCLC | PARMRK | IMAXBEL | IXANY);
  out.c_lflag &= ~static_cast<tcflag_t>(ISIG | ECHO | ECHOE | ECHOK | ECHONL | ECHOCTL | ECHOPRT | ECHOKE | TOSTOP);
  if (!works_by_lines(settings)) return out;
  out.c_lflag |= IEXTEN;
  for (int key : {VINTR, VQUIT, VERASE, VKILL, VSUSP, VREPRINT, VDISCARD, VWERASE, VSWTC}) out.c_cc[key] = 0;
  out.c_cc[VLNEXT] = literal;
  out.c_cc[VEOF] = end_of_file;
  return out;
}

static void type(int slave, unsigned char byte) {
  if (ioctl(slave, TIOCSTI, &byte) != 0) fail_call("type again what a terminal had been typed");
}

static void put_back(int master, int slave, const termios2 &settings, const std::vector<Line> &lines) {
  auto [literal, end_of_file] = free_keys(settings);
  set(master, verbatim(settings, literal, end_of_file));
  for (const Line &line : lines) {
    size_t last = line.end == TYPED_WHOLE ? line.bytes.size() - 1 : line.bytes.size();
    for (size_t i = 0; i < line.bytes.size(); i++) {
      if (works_by_lines(settings) && i != last) type(slave, literal);
      type(slave, static_cast<unsigned char>(line.bytes[i]));
    }
    if (line.end == TYPED_EOF) type(slave, end_of_file);
  }
  set(master, settings);
}

static std::string taken_and_put_back(int master, int slave, const termios2 &settings) {
  std::vector<Line> lines;
  if (works_by_lines(settings)) take_lines(slave, settings, lines);
  take_rest(master, slave, settings, lines);
  if (!lines.empty()) put_back(master, slave, settings, lines);
  std::string out;
  for (const Line &line : lines) {
    out += Records::bytes_of(image_typed{static_cast<uint32_t>(line.bytes.size()), line.end});
    out += line.bytes;
    pad_to_8(out);
  }
  return out;
}

// Asked of a terminal of this program's own: the right to it is the kernel's to give, and not a capability of an instance's namespace.
static bool may_type() {
  Descriptor master(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  int unlocked = 0;
  if (!master || ioctl(master.get(), TIOCSPTLCK, &unlocked) != 0) return false;
  Descriptor slave(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  char byte = 'x';
  return slave && ioctl(slave.get(), TIOCSTI, &byte) == 0;
}

std::string typed_input(const Description &description, int master, int slave, uint32_t index) {
  termios2 settings{};
  int waiting = 0;
  if (ioctl(master, TCGETS2, &settings) != 0 || ioctl(slave, FIONREAD, &waiting) != 0) fail_call("ask about the terminal of %s", description.words().c_str());
  bool external = settings.c_lflag & EXTPROC;
  if (waiting == 0 && (external || !works_by_lines(settings))) return "";
  if (external || waiting > most_waiting || !may_type()) {
    if (waiting == 0) return "";
    refuse(EBUSY, "%s is a terminal with %sinput that its program has not read yet", description.words().c_str(), waiting > most_waiting ? "much " : "");
  }
  Descriptor own(open(text("/dev/pts/%u", index).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!own) fail_call("open /dev/pts/%u", index);
  return in_guardian([&] { return taken_and_put_back(master, own.get(), settings); });
}
