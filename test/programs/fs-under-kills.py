"""fs-under-kills.py KIND SECONDS: works on files in the current directory for so long, and fails at the first wrong byte."""
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time

kind, seconds = sys.argv[1], float(sys.argv[2])
end = time.monotonic() + seconds


def rounds():
    """At least one."""
    yield 0
    at = 0
    while time.monotonic() < end:
        at += 1
        yield at


def like_fsx():
    """One file, against a copy of it in memory: written, read, cut, and looked at by two descriptors and its name."""
    chance = random.Random(1)
    whole = bytearray()
    one = os.open("fsx", os.O_RDWR | os.O_CREAT)
    two = os.open("fsx", os.O_RDONLY)
    for _ in rounds():
        for _ in range(50):
            at, size = chance.randrange(200_000), chance.randrange(1, 20_000)
            if chance.random() < 0.5:
                data = chance.randbytes(size)
                assert os.pwrite(one, data, at) == size
                whole.extend(bytes(max(0, at + size - len(whole))))
                whole[at : at + size] = data
            elif chance.random() < 0.2:
                os.ftruncate(one, at)
                del whole[at:]
                whole.extend(bytes(at - len(whole)))
            for fd in one, two:
                assert os.pread(fd, size, at) == whole[at : at + size], f"{size} bytes at {at}"
            assert os.stat("fsx").st_size == os.fstat(two).st_size == len(whole)


def database():
    """Transactions of two rows that belong together."""
    last = 0
    for _ in rounds():
        base = sqlite3.connect("base.db", timeout=60)
        base.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER, half INTEGER)")
        for _ in range(5):
            last += 1
            with base:
                base.executemany("INSERT INTO t VALUES (?, ?)", [(last, 0), (last, 1)])
        assert base.execute("SELECT count(*), max(n) FROM t").fetchone() == (2 * last, last)
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        base.close()


def git(*words, where="repository"):
    subprocess.run(["git", "-C", where, "-c", "user.name=n", "-c", "user.email=e", *words], check=True, stdout=subprocess.DEVNULL)


def history():
    """Commits, and a clone that has all of them."""
    os.mkdir("repository")
    git("init", "-q")
    for at in rounds():
        for name in range(20):
            with open(f"repository/{name}", "a") as file:
                file.write(f"{at} {name}\n")
        git("add", "-A")
        git("commit", "-q", "-m", str(at))
        git("clone", "-q", "--no-local", ".", "../copy")
        git("fsck", "--strict", where="copy")
        assert open("copy/7").read() == "".join(f"{i} 7\n" for i in range(at + 1))
        shutil.rmtree("copy")


{"fsx": like_fsx, "sqlite": database, "git": history}[kind]()
