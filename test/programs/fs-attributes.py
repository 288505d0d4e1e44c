"""What stat says of a file while it is written through several descriptors, names and mappings. In the directory it is started in."""
import mmap
import os
import time

LIMIT = 60


def size_is(expected, *files):
    for file in files:
        got = os.stat(file).st_size
        assert got == expected, f"{file}: {got} bytes instead of {expected}"


def changes(file, was, what):
    end = time.monotonic() + LIMIT
    while os.stat(file).st_mtime_ns == was:
        assert time.monotonic() < end, f"{what}: {file} keeps its time"
        time.sleep(0.005)


first = os.open("name", os.O_WRONLY | os.O_CREAT, 0o644)
os.link("name", "other")
second = os.open("other", os.O_WRONLY | os.O_APPEND)
size_is(0, "name", "other", first, second)
for at in range(1, 50):
    if at % 2:
        os.pwrite(first, b"x", at - 1)
    else:
        os.write(second, b"x")
    size_is(at, "name", "other", first, second)
os.ftruncate(second, 7)
size_is(7, "name", "other", first, second)
os.truncate("other", 100)
size_is(100, "name", "other", first, second)
os.posix_fallocate(first, 0, 5000)
size_is(5000, "name", "other", first, second)
assert os.lseek(second, 0, os.SEEK_END) == 5000

for name in "name", "other":
    os.utime("name", (1000, 1000))
    was = os.stat(name).st_mtime_ns
    os.pwrite(first, b"y", 0)
    assert os.stat(name).st_mtime_ns != was, f"{name}: a write is not seen"

# Believed for long by now, and opened so that it can be mapped only then.
os.utime("name", (1000, 1000))
both = os.open("other", os.O_RDWR)
was = [os.stat(name).st_mtime_ns for name in ("name", "other")]
mapping = mmap.mmap(both, 5000)
mapping[17] = 90
mapping.flush()  # where nothing is passed through, the kernel writes when it likes
for name in "name", "other":
    changes(name, was[0], "a store through a mapping")
assert os.pread(both, 1, 17) == b"Z"

# Of the descriptors the mapping's own alone is left.
for fd in first, second, both:
    os.close(fd)
os.utime("name", (1000, 1000))
mapping[4100] = 91
mapping.flush()
for name in "other", "name":
    changes(name, 1000 * 10**9, "a store through a mapping after the others are closed")
third = os.open("name", os.O_WRONLY | os.O_TRUNC)
size_is(0, "name", "other", third)
os.write(third, b"end")
size_is(3, "name", "other", third)
os.close(third)
size_is(3, "name", "other")
