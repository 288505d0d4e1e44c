"""A small file is read again and again, as a web server does, and changed in between in every way there is: each read sees the last change."""
import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
NAME = 'read-again'
PUNCH_HOLE = 3
model = bytearray()


def read_whole():
    fd = os.open(NAME, os.O_RDONLY)
    data = os.read(fd, 1 << 20)
    os.close(fd)
    return data


def seen(after):
    for time in range(4):
        got = read_whole()
        assert got == bytes(model), f'{after}, read {time}: {got[:80]!r} for {bytes(model)[:80]!r}'
        assert os.stat(NAME).st_size == len(model), f'{after}: size {os.stat(NAME).st_size} for {len(model)}'


def stored(at, data):
    model[at:at + len(data)] = data


def written(at, data, flags=os.O_WRONLY):
    fd = os.open(NAME, flags)
    os.pwrite(fd, data, at)
    os.close(fd)
    stored(at, data)


def cut(size):
    os.truncate(NAME, size)
    del model[size:]
    model.extend(b'\0' * (size - len(model)))


def remade(data):
    with open(NAME, 'wb') as file:
        file.write(data)
    model[:] = data


def replaced(data):
    with open('beside', 'wb') as file:
        file.write(data)
    os.rename('beside', NAME)
    model[:] = data


def punched(at, size):
    fd = os.open(NAME, os.O_RDWR)
    assert libc.fallocate(fd, PUNCH_HOLE, ctypes.c_long(at), ctypes.c_long(size)) == 0, os.strerror(ctypes.get_errno())
    os.close(fd)
    stored(at, b'\0' * size)


def copied(data):
    with open('source', 'wb') as file:
        file.write(data)
    source, target = os.open('source', os.O_RDONLY), os.open(NAME, os.O_WRONLY)
    assert os.copy_file_range(source, target, len(data)) == len(data)
    os.close(source)
    os.close(target)
    stored(0, data)


def by_another_name(data):
    os.link(NAME, 'link')
    fd = os.open('link', os.O_WRONLY)
    os.pwrite(fd, data, 0)
    os.close(fd)
    os.unlink('link')
    stored(0, data)


def with_a_reader(change, after):
    """Somebody has it open meanwhile, who sees the change too."""
    reader = os.open(NAME, os.O_RDONLY)
    os.pread(reader, 1 << 20, 0)
    mapped = mmap.mmap(reader, len(model), prot=mmap.PROT_READ)
    bytes(mapped)
    change()
    assert os.pread(reader, 1 << 20, 0) == bytes(model), f'{after}: the open descriptor'
    if len(mapped) == len(model):
        assert bytes(mapped) == bytes(model), f'{after}: the mapping'
    seen(f'{after}, open')
    os.close(reader)
    mapped.close()
    seen(f'{after}, closed')


def through_a_mapping():
    """Stores go on after the descriptor was closed, and between reads."""
    fd = os.open(NAME, os.O_RDWR)
    # Python's own would keep a descriptor.
    mapped = libc.mmap(None, len(model), mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, fd, ctypes.c_long(0))
    os.close(fd)
    for round in range(6):
        data = b'map%d' % round
        ctypes.memmove(mapped, data, len(data))
        stored(0, data)
        seen(f'mapping, store {round}')
    libc.munmap(ctypes.c_void_p(mapped), len(model))
    seen('mapping, ended')


remade(b'first' * 100)
seen('made')
for turn in range(3):
    written(3, b'written')
    seen('written')
    written(len(model), b'added')
    seen('appended')
    cut(100)
    seen('cut')
    cut(9000)
    seen('grown')
    punched(4096, 4096)
    seen('punched')
    copied(b'copied' * 50)
    seen('copied')
    by_another_name(b'link')
    seen('link')
    through_a_mapping()
    with_a_reader(lambda: written(5, b'seen'), 'written')
    with_a_reader(lambda: written(5, b'both', os.O_RDWR), 'written by a reader')
    with_a_reader(lambda: copied(b'range'), 'copied')
    with_a_reader(through_a_mapping, 'mapping')
    remade(b'again' * 200)
    seen('remade')
    written(60, b'large' * 40000)
    seen('grown large')
    replaced(b'new' * 300)
    seen('replaced')
