"""Root in an instance tries each way out that a view must not leave open. Its argument is a file of the host that the view hides.
One line a way, `NAME: ERRNO`; a way that led there is told on standard error, and the program fails."""
import ctypes
import errno
import os
import struct
import sys
import tempfile

hidden = sys.argv[1]
parent, name = os.path.split(hidden)
store = os.path.dirname(parent)
work = tempfile.mkdtemp(dir="/var/tmp")
os.chdir(work)
libc = ctypes.CDLL(None, use_errno=True)
reached = []


def read(path, dir_fd=None):
    fd = os.open(path, os.O_RDONLY, dir_fd=dir_fd)
    try:
        return os.read(fd, 100)
    finally:
        os.close(fd)


def way(title, attempt):
    try:
        attempt()
        reached.append(title)
        print(title, "led there", file=sys.stderr)
    except OSError as error:
        print(f"{title}: {errno.errorcode[error.errno]}")


def linked(target):
    os.symlink(target, "link")
    try:
        return read("link")
    finally:
        os.unlink("link")


def moved():
    """A directory above what is hidden gets another name."""
    os.rename(store, work + "/moved")
    return read(f"{work}/moved/{os.path.basename(parent)}/{name}")


def removed():
    """What hides it goes, and something that leads there comes."""
    os.rmdir(parent)
    return read(hidden)


def out_of_chroot():
    """The classic way out of a root that is nothing but a chroot; in a child, for there is no way back."""
    os.makedirs("jail", exist_ok=True)
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        code = errno.ENOENT
        try:
            os.chroot("jail")
            for _ in range(64):
                os.chdir("..")
            os.chroot(".")
            read(hidden)
            code = 0
        except OSError as error:
            code = error.errno
        os.write(ends[1], struct.pack("i", code))
        os._exit(0)
    os.waitpid(child, 0)
    code = struct.unpack("i", os.read(ends[0], 4))[0]
    for end in ends:
        os.close(end)
    if code:
        raise OSError(code, "chroot")


def by_handle(node):
    """File handles of a view are made up at will; the root is a descriptor of its mount."""
    mount = os.open("/", os.O_RDONLY)
    handle = struct.pack("=IiQI", 12, 0x81, node, 0)
    try:
        fd = libc.open_by_handle_at(mount, ctypes.create_string_buffer(handle), os.O_RDONLY)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "open_by_handle_at")
        os.close(fd)
    finally:
        os.close(mount)


def through_descriptors(of):
    """Whatever somebody in the instance has open, and is a directory, may be a way."""
    best = OSError(errno.ENOENT, "none leads there")
    for fd in os.listdir(f"/proc/{of}/fd"):
        for start in (f"/proc/{of}/fd/{fd}{hidden}", f"/proc/{of}/fd/{fd}/{name}", f"/proc/{of}/fd/{fd}" + "/.." * 40 + hidden):
            try:
                return read(start)
            except OSError:
                continue
    raise best


way("its own name", lambda: read(hidden))
way("an absolute link", lambda: linked(hidden))
way("a relative link", lambda: linked("../" * 40 + hidden[1:]))
way("a link through /proc", lambda: linked("/proc/self/root" + hidden))
way("a link through /proc to the first process", lambda: linked("/proc/1/root" + hidden))
way("up from the root", lambda: read("/.." * 40 + hidden))
for of in ("self", "1"):
    for place in ("root", "cwd"):
        way(f"{place} of {of}", lambda: read(f"/proc/{of}/{place}" + "/.." * 40 + hidden))
    way(f"descriptors of {of}", lambda: through_descriptors(of))
way("out of a chroot", out_of_chroot)
way("a hard link", lambda: os.link(hidden, "linked"))
way("a hard link to a file that only the view has", lambda: os.link("/etc/ld.so.preload", "linked"))
way("writing to a file that only the view has", lambda: os.open("/etc/ld.so.preload", os.O_WRONLY))
way("another name for a directory above", moved)
way("no directory in its place", removed)
way("a link in its place", lambda: os.symlink("/", parent))
way("a mark for renamed directories", lambda: os.setxattr(work, "trusted.overlay.redirect", parent.encode()))
way("a made up file handle", lambda: by_handle(0x7FFFFFFF))
os.rmdir("jail")
os.rmdir(work)
sys.exit(1 if reached else 0)
