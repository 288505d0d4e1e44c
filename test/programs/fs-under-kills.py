"""fs-under-kills.py KIND SECONDS: works on files in the current directory for so long, and fails at the first wrong byte."""
import contextlib
import os
import pwd
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


def build():
    """A program of many files, one of which changes each time: what make takes for old is told by times."""
    parts = 12

    def write(part, value):
        with open(f"src/part{part}.c", "w") as file:
            file.write(f'#include "all.h"\nlong part{part}(void) {{ return {value}; }}\n')

    os.mkdir("src")
    values = list(range(parts))
    for part in range(parts):
        write(part, values[part])
    with open("src/all.h", "w") as file:
        file.writelines(f"long part{part}(void);\n" for part in range(parts))
    with open("src/main.c", "w") as file:
        calls = " + ".join(f"part{part}()" for part in range(parts))
        file.write(f'#include <stdio.h>\n#include "all.h"\nint main(void) {{ printf("%ld\\n", {calls}); }}\n')
    objects = " ".join(f"out/part{part}.o" for part in range(parts)) + " out/main.o"
    with open("Makefile", "w") as file:
        file.write(f"out/sum: out/parts.a\n\tgcc -o $@ out/main.o $<\nout/parts.a: {objects}\n\trm -f $@\n\tar rc $@ $^\n")
        file.write("out/%.o: src/%.c src/all.h\n\t@mkdir -p out\n\tgcc -pipe -g -c -o $@ $<\nclean:\n\trm -r out\n")
    for at in rounds():
        values[at % parts] += at
        write(at % parts, values[at % parts])
        if at % 7 == 6:
            subprocess.run(["make", "-s", "clean"], check=True)
        subprocess.run(["make", "-s", "-j2"], check=True)
        said = subprocess.run(["out/sum"], check=True, capture_output=True, text=True).stdout
        assert int(said) == sum(values), f"{said} instead of {sum(values)}"


def bank():
    """pgbench on a PostgreSQL that is sometimes killed: each transaction adds one number to four tables, or to none."""
    programs = "/usr/lib/postgresql/15/bin"
    user = pwd.getpwnam("postgres")
    here = os.getcwd()
    os.chown(here, user.pw_uid, user.pw_gid)

    def run(program, *words):
        command = [f"{programs}/{program}", *words]
        done = subprocess.run(command, user=user.pw_uid, group=user.pw_gid, extra_groups=[], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout[-2000:]} {done.stderr[-2000:]} {log()}"
        return done.stdout.strip()

    def log():
        with contextlib.suppress(FileNotFoundError), open("log") as file:
            return file.read()[-4000:]

    client = ["-h", here, "-U", "postgres"]
    settings = f"-k {here} -c listen_addresses= -c shared_buffers=4MB -c max_connections=20"
    run("initdb", "-D", f"{here}/data", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
    sums = ", ".join(f"(SELECT sum({table[0]}balance) FROM pgbench_{table})" for table in ("accounts", "branches", "tellers"))
    counted = 0
    for at in rounds():
        run("pg_ctl", "-s", "-w", "-t", "120", "-D", f"{here}/data", "-l", f"{here}/log", "-o", settings, "start")
        try:
            if at == 0:
                run("pgbench", *client, "-i", "-q", "postgres")
                run("psql", *client, "-qc", "CREATE EXTENSION amcheck", "postgres")
            for _ in range(3):
                run("pgbench", *client, "-n", "-c", "2", "-t", "50", "postgres")
                counted += 100
                found = run("psql", *client, "-qAtc", f"SELECT count(*), sum(delta) = ALL (ARRAY[{sums}]) FROM pgbench_history", "postgres")
                assert found == f"{counted}|t", f"{found} instead of {counted}|t"
            run("psql", *client, "-qAtc", "SELECT bt_index_check(indexrelid, true) FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_am a ON a.oid = c.relam WHERE amname = 'btree' AND relpersistence <> 't'", "postgres")
        finally:
            run("pg_ctl", "-s", "-w", "-t", "120", "-D", f"{here}/data", "-m", "immediate" if at % 2 else "fast", "stop")


{"fsx": like_fsx, "sqlite": database, "git": history, "build": build, "pgbench": bank}[kind]()
