"""What programs do to files that lie in a layer, one step of each kind: the same in a plain directory and in a view, whose layer was sealed
between `prepare` and `change`. `describe` prints the tree as everybody sees it. Ends with a traceback where something is wrong by itself."""
import ctypes, fcntl, hashlib, json, os, socket, stat, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
NOREPLACE, EXCHANGE = 1, 2
SET_TIME = 10**18 + 7
KEEP_SIZE, PUNCH, ZERO = 1, 2, 16
CAPABILITY = bytes.fromhex('0100000200200000000000000000000000000000')
# Owner rw, user 1000 r, group r, mask r, others none.
ACL = struct.pack('<I' + 'HHI' * 5, 2, 1, 6, 2**32 - 1, 2, 4, 1000, 4, 4, 2**32 - 1, 16, 4, 2**32 - 1, 32, 0, 2**32 - 1)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def rename(a, b, flags):
    check(libc.renameat2(-100, a.encode(), -100, b.encode(), flags))


def fallocate(fd, mode, at, length):
    check(libc.fallocate(fd, mode, ctypes.c_long(at), ctypes.c_long(length)))


def name(fd, path):
    check(libc.linkat(-100, f'/proc/self/fd/{fd}'.encode(), -100, path.encode(), 0x400))


def fails(name, work):
    try:
        work()
    except OSError as error:
        assert errno_name(error) == name, error
    else:
        raise AssertionError(f'{name} was expected')


def errno_name(error):
    import errno
    return errno.errorcode[error.errno]


def write(path, content=b'as made'):
    with open(path, 'wb') as file:
        file.write(content)


def prepare():
    for name in ['swap-a', 'swap-b', 'file-for-dir', 'here', 'kept', 'punched', 'zeroed', 'grown', 'source', 'capable', 'listed', 'noted', 'locked', 'synced', 'n' * 255]:
        write(name, name.encode()[:50] * 1000)
    for name in ['dir-for-file/in', 'dir-a/in', 'dir-b/other', 'onto/empty', '/'.join(['deep'] * 12)]:
        os.makedirs(name)
        write(f'{name}/f', name.encode())
    os.unlink('onto/empty/f')
    os.setxattr('capable', 'security.capability', CAPABILITY)
    os.setxattr('listed', 'system.posix_acl_access', ACL)
    os.setxattr('noted', 'user.kept', b'\0value\xff')
    os.setxattr('noted', 'user.changed', b'before')
    os.setxattr('noted', 'user.gone', b'x')
    os.setxattr('dir-a', 'user.of-directory', b'd')
    os.chown('capable', 1234, 70000)
    os.setxattr('capable', 'security.capability', CAPABILITY)
    with open('sparse', 'wb') as file:
        file.truncate(64 << 20)
        file.seek(32 << 20)
        file.write(b'middle')
    os.link('kept', 'kept-link')
    os.symlink('kept', 'link')
    os.mkfifo('fifo', 0o640)
    socket.socket(socket.AF_UNIX).bind('socket')
    for path in ['swap-a', 'dir-a', 'link', 'fifo', 'capable']:
        os.utime(path, ns=(5, SET_TIME), follow_symlinks=False)


def change():
    rename('swap-a', 'swap-b', EXCHANGE)
    rename('file-for-dir', 'dir-for-file', EXCHANGE)
    rename('dir-a', 'dir-b', EXCHANGE)
    fails('EEXIST', lambda: rename('here', 'kept', NOREPLACE))
    fails('EEXIST', lambda: rename('here', 'onto', NOREPLACE))
    rename('here', 'there', NOREPLACE)
    fails('ENOENT', lambda: rename('nothing', 'kept', EXCHANGE))
    fails('ENOTEMPTY', lambda: os.rename('dir-b', 'onto'))
    os.rename('dir-b', 'onto/empty')
    os.rename('/'.join(['deep'] * 6), 'risen')
    with open('punched', 'r+b') as file:
        fallocate(file.fileno(), PUNCH | KEEP_SIZE, 1000, 2000)
    with open('zeroed', 'r+b') as file:
        try:
            fallocate(file.fileno(), ZERO, 500, 100)
        except OSError as error:
            assert error.errno == 95, error  # EOPNOTSUPP, as on tmpfs
            os.pwrite(file.fileno(), bytes(100), 500)
    with open('grown', 'r+b') as file:
        os.posix_fallocate(file.fileno(), 0, 300_000)
    with open('source', 'rb') as source, open('copied', 'wb') as copied:
        assert os.copy_file_range(source.fileno(), copied.fileno(), 5000, 100) == 5000
    os.chmod('sparse', 0o600)
    os.chmod('capable', 0o711)
    os.chmod('listed', 0o660)
    os.setxattr('noted', 'user.changed', b'after', os.XATTR_REPLACE)
    fails('EEXIST', lambda: os.setxattr('noted', 'user.kept', b'', os.XATTR_CREATE))
    os.removexattr('noted', 'user.gone')
    fails('ENODATA', lambda: os.getxattr('noted', 'user.gone'))
    os.chown('link', 77, 78, follow_symlinks=False)
    os.chmod('fifo', 0o600)
    os.chmod('socket', 0o700)
    os.chmod('n' * 255, 0o600)
    fails('ENAMETOOLONG', lambda: write('n' * 256))
    with open('kept-link', 'ab') as file:
        file.write(b'through the other name')
    nameless = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(nameless, b'linked at last')
    name(nameless, 'named')
    never = os.open('onto', os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o640)
    fails('ENOENT', lambda: name(never, 'never'))
    locks()
    with open('synced', 'r+b') as file:
        file.write(b'to disk')
        file.flush()
        os.fsync(file.fileno())
        os.fdatasync(file.fileno())
        check(libc.syncfs(file.fileno()))
    assert os.statvfs('.').f_namemax == 255


def locks():
    """Whole file, ranges, and those of an open file description, which a file keeps when it is brought up from its layer."""
    held, other = open('locked', 'rb'), open('locked', 'rb')
    fcntl.flock(held, fcntl.LOCK_EX)
    writer = open('locked', 'r+b')
    writer.write(b'brought up')
    writer.flush()
    fails('EAGAIN', lambda: fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB))
    fails('EAGAIN', lambda: fcntl.flock(writer, fcntl.LOCK_SH | fcntl.LOCK_NB))
    fcntl.flock(held, fcntl.LOCK_UN)
    fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
    ofd_setlk = 37
    part = struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 10, 10, 0)
    fcntl.fcntl(writer, ofd_setlk, part)
    again = open('locked', 'r+b')
    fails('EAGAIN', lambda: fcntl.fcntl(again, ofd_setlk, part))
    pid = os.fork()
    if pid == 0:
        try:
            fails('EAGAIN', lambda: fcntl.lockf(again, fcntl.LOCK_EX | fcntl.LOCK_NB, 5, 12))
            fcntl.lockf(again, fcntl.LOCK_EX | fcntl.LOCK_NB, 5, 30)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0


def described(path):
    found = os.lstat(path)
    kind = stat.S_IFMT(found.st_mode)
    size = 0 if kind == stat.S_IFDIR else found.st_size
    row = [path, oct(found.st_mode), found.st_uid, found.st_gid, size, found.st_nlink if kind != stat.S_IFDIR else 0]
    # What the view marks is told to nobody. A socket and a link have none here.
    row.append({name: os.getxattr(path, name, follow_symlinks=False).hex() for name in sorted(os.listxattr(path, follow_symlinks=False))})
    if kind == stat.S_IFLNK:
        row.append(os.readlink(path))
    if kind == stat.S_IFREG:
        with open(path, 'rb') as file:
            row.append(hashlib.sha256(file.read()).hexdigest())
        row.append(found.st_blocks * 512 < max(found.st_size, 1) // 2)
    row.append(found.st_mtime_ns == SET_TIME)
    return row


def describe():
    for at, directories, files in os.walk('.'):
        directories.sort()
        for name in sorted(directories + files):
            print(json.dumps(described(os.path.relpath(os.path.join(at, name)))))


{'prepare': prepare, 'change': change, 'describe': describe}[sys.argv[1]]()
