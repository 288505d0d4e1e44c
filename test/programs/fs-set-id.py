"""What is left of the set-id bits after everything that somebody without the right to keep them does to a file. Prints a line each."""
import ctypes
import os
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
WHO, OTHER = 65534, 4321
NAME = 'file'


def shown():
    """stat(1) asks the kernel for the mode alone, which it may believe longer than times and sizes."""
    return subprocess.run(['stat', '-c', '%a', NAME], capture_output=True, text=True, check=True).stdout.strip()


def opened(flags):
    return os.open(NAME, flags)


def written(fd):
    assert os.write(fd, b'x') == 1


def allocated(fd):
    assert libc.fallocate(fd, 0, ctypes.c_long(0), ctypes.c_long(8192)) == 0, os.strerror(ctypes.get_errno())


def copied(fd):
    source = os.open('source', os.O_RDONLY)
    assert os.copy_file_range(source, fd, 4) == 4


def cut(fd):
    os.ftruncate(fd, 1)


WAYS = {
    'write': lambda fd: written(opened(os.O_WRONLY)),
    'append': lambda fd: written(opened(os.O_WRONLY | os.O_APPEND)),
    'write through what root opened': written,
    'allocate': lambda fd: allocated(opened(os.O_RDWR)),
    'copy': lambda fd: copied(opened(os.O_WRONLY)),
    'cut': lambda fd: cut(opened(os.O_WRONLY)),
    'open and truncate': lambda fd: opened(os.O_WRONLY | os.O_TRUNC),
    'truncate': lambda fd: os.truncate(NAME, 1),
    'chown to nobody': lambda fd: os.chown(NAME, -1, -1),
}


def as_somebody(work, fd):
    child = os.fork()
    if child == 0:
        os.setgroups([OTHER])
        os.setresgid(WHO, WHO, WHO)
        os.setresuid(WHO, WHO, WHO)
        work(fd)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


with open('source', 'w') as source:
    source.write('data')
os.chmod('source', 0o644)
os.chmod('.', 0o777)
for name, work in WAYS.items():
    for group in (WHO, OTHER, 0):
        for mode in (0o6666, 0o6676, 0o6766, 0o4777, 0o2777, 0o2666):
            with open(NAME, 'w') as file:
                file.write('some data')
            os.chown(NAME, WHO, group)
            os.chmod(NAME, mode)
            fd = os.open(NAME, os.O_WRONLY)
            before = shown()
            as_somebody(work, fd)
            print(f'{name}, group {group}: {before} {shown()}')
            os.close(fd)
            os.unlink(NAME)
