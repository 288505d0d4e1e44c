"""Device nodes in the directory it is started in, which must be as empty as a whiteout allows. `make`, then `find` once it is a layer."""
import errno
import os
import stat
import sys

PLAIN_USER = 61234
kinds = {
    "null": (stat.S_IFCHR, os.makedev(1, 3)),
    "zero": (stat.S_IFCHR, os.makedev(1, 5)),
    "large": (stat.S_IFCHR, os.makedev(240, 300000)),
    "block": (stat.S_IFBLK, os.makedev(259, 1000)),
    "block-0": (stat.S_IFBLK, 0),   # no whiteout: those are character devices
    "fifo": (stat.S_IFIFO, 0),
}


def refused(expected, attempt):
    try:
        attempt()
    except OSError as error:
        assert error.errno == expected, error
        return
    raise AssertionError(f"not refused: {errno.errorcode[expected]}")


def as_plain_user(attempt):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(PLAIN_USER)
            os.setuid(PLAIN_USER)
            attempt()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0, "as a plain user"


def are_there():
    for name, (kind, number) in kinds.items():
        st = os.lstat(name)
        assert (stat.S_IFMT(st.st_mode), st.st_rdev) == (kind, number), (name, st)
    assert sorted(os.listdir(".")) == sorted(kinds), os.listdir(".")
    for entry in os.scandir("."):
        assert entry.inode() == os.lstat(entry.name).st_ino, entry.name


def work():
    with open("zero", "rb") as zero, open("null", "wb") as null:
        assert zero.read(3) == b"\0\0\0"
        null.write(b"x")
    with open("null", "rb") as null:
        assert null.read() == b""


def no_whiteouts():
    """The mark of a removed name can't be made by hand, nor by moving away and leaving one."""
    refused(errno.EPERM, lambda: os.mknod("mark", stat.S_IFCHR | 0o600, 0))
    as_plain_user(lambda: refused(errno.EPERM, lambda: os.mknod("open/mark", stat.S_IFCHR | 0o600, 0)))
    refused(errno.ENOENT, lambda: os.lstat("mark"))


def make():
    os.mkdir("open")
    os.chmod("open", 0o777)
    no_whiteouts()
    as_plain_user(lambda: refused(errno.EPERM, lambda: os.mknod("open/null", stat.S_IFCHR | 0o600, os.makedev(1, 3))))
    as_plain_user(lambda: refused(errno.EPERM, lambda: os.mknod("open/block", stat.S_IFBLK | 0o600, os.makedev(7, 0))))
    as_plain_user(lambda: os.mknod("open/fifo", stat.S_IFIFO | 0o600))
    os.unlink("open/fifo")
    os.rmdir("open")
    for name, (kind, number) in kinds.items():
        os.mknod(name, kind | 0o640, number)
    are_there()
    work()


def find():
    are_there()
    work()
    held = open("zero", "rb", buffering=0)
    numbers = {name: os.lstat(name).st_ino for name in kinds}
    for name in kinds:   # each comes up from the layer
        os.chmod(name, 0o600)
        os.chown(name, 0, PLAIN_USER)
        assert stat.S_IMODE(os.lstat(name).st_mode) == 0o600
    are_there()
    assert numbers == {name: os.lstat(name).st_ino for name in kinds}
    os.rename("null", "moved")
    os.rename("moved", "null")
    os.link("zero", "second")
    os.unlink("second")
    are_there()
    work()
    # Where a name was removed there is a mark; a device may take its place, the mark itself may not.
    os.unlink("null")
    refused(errno.EPERM, lambda: os.mknod("null", stat.S_IFCHR | 0o600, 0))
    refused(errno.ENOENT, lambda: os.lstat("null"))
    os.mknod("null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    work()
    here = os.getcwd()
    os.chdir("..")
    refused(errno.ENOTEMPTY, lambda: os.rmdir(here))
    os.chdir(here)
    for name in kinds:
        os.unlink(name)
    assert os.listdir(".") == []
    assert held.read(2) == b"\0\0"
    os.chdir("..")
    os.rmdir(here)


{"make": make, "find": find}[sys.argv[1]]()
