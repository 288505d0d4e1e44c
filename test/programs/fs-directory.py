"""Reads directories by single getdents64 calls: one command a line on standard input, one answer a line."""
import ctypes
import os
import struct
import sys

GETDENTS64 = 217
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
open_at = {}


def entries(fd, size):
    """(cookie, name) of what one call gives; nothing at the end."""
    buffer = ctypes.create_string_buffer(size)
    got = libc.syscall(GETDENTS64, fd, buffer, size)
    if got < 0:
        raise OSError(ctypes.get_errno(), "getdents64")
    at = 0
    while at < got:
        _, cookie, length, _ = struct.unpack_from("=QqHB", buffer.raw, at)
        yield cookie, buffer.raw[at + 19 : at + length].split(b"\0")[0].decode()
        at += length


for line in sys.stdin:
    command, slot, *rest = line.split()
    if command == "open":
        open_at[slot] = os.open(rest[0], os.O_RDONLY | os.O_DIRECTORY)
        answer = "done"
    elif command == "read":
        answer = " ".join(f"{cookie}:{name}" for cookie, name in entries(open_at[slot], int(rest[0])))
    elif command == "seek":
        os.lseek(open_at[slot], int(rest[0]), os.SEEK_SET)
        answer = "done"
    elif command == "drop":
        os.posix_fadvise(open_at[slot], 0, 0, os.POSIX_FADV_DONTNEED)
        answer = "done"
    else:
        os.close(open_at.pop(slot))
        answer = "done"
    print(answer, flush=True)
