"""The set-group-id bit of a file whose access control list is set by its owner: kept by who is in its group, lost by who isn't."""
import os
import stat
import struct

USER = 61234
USER_OBJ, NAMED_USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 16, 32
ANYBODY = 0xFFFFFFFF


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


lists = {
    "plain": acl((USER_OBJ, 7, ANYBODY), (GROUP_OBJ, 7, ANYBODY), (OTHER, 5, ANYBODY)),
    "named": acl((USER_OBJ, 7, ANYBODY), (NAMED_USER, 6, 1), (GROUP_OBJ, 7, ANYBODY), (MASK, 7, ANYBODY), (OTHER, 5, ANYBODY)),
}
made = [(f"{kind}-{group}-{what}", kind, group, what) for kind in lists for group in (0, USER) for what in ("file", "directory")]
os.chmod(".", 0o755)
for name, _, group, what in made:
    if what == "file":
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    else:
        os.mkdir(name)
    os.chown(name, USER, group)
    os.chmod(name, 0o2777)
os.setgroups([])
os.setgid(USER)
os.setuid(USER)
for name, kind, group, _ in made:
    assert stat.S_IMODE(os.stat(name).st_mode) == 0o2777, name
    os.setxattr(name, "system.posix_acl_access", lists[kind])
    expected = 0o2775 if group == USER else 0o775
    got = stat.S_IMODE(os.stat(name).st_mode)
    assert got == expected, f"{name}: {got:o} instead of {expected:o}"
    assert (os.getxattr(name, "system.posix_acl_access") == lists[kind]) if kind == "named" else True, name
