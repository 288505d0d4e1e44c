/** Applications that are committed and cloned while system calls fail; each answers with a number that grows by one, or with what is wrong. */

/** A parent and a child with a pipe between them, shared memory, a listener. */
export const TREE = `
import mmap, os, socket
block = mmap.mmap(-1, 8192)
down, up = os.pipe(), os.pipe()
if os.fork() == 0:
    while os.read(down[0], 1): block[0] = (block[0] + 1) % 256; os.write(up[1], b'y')
    os._exit(0)
s = socket.socket(); s.bind(('127.0.0.1', 9901)); s.listen(20)
while True:
    c, _ = s.accept(); os.write(down[1], b'x'); os.read(up[0], 1)
    try: c.sendall(b'%d\\n' % block[0])
    except OSError: pass
    c.close()
`;

/** One process, which counts only as long as it has what lists, queues and injected calls alone tell of. */
export const SINGLE = `
import ctypes, mmap, os, select, signal, socket, threading, time
libc = ctypes.CDLL(None, use_errno=True)
word, RT = ctypes.c_ulong, 50
timer, event = ctypes.c_void_p(), (ctypes.c_long * 8)(0, signal.SIGALRM)
setting, now = (ctypes.c_long * 4)(3600, 0, 3600, 0), (ctypes.c_long * 4)()
assert not libc.timer_create(1, event, ctypes.byref(timer)) and not libc.timer_settime(timer, 0, setting, None)
signal.setitimer(signal.ITIMER_VIRTUAL, 3600)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, RT])
os.kill(os.getpid(), signal.SIGUSR2)
threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
memory = os.memfd_create('block'); os.ftruncate(memory, 4096); block = mmap.mmap(memory, 4096)
s = socket.socket(); s.bind(('127.0.0.1', 9901)); s.listen(20)
events = select.epoll(); events.register(s, select.EPOLLIN)
open('/proc/self/coredump_filter', 'w').write('0x7f')
import resource
number = ctypes.c_int()
os.sched_setaffinity(0, {0}); os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)); os.umask(0o27)
assert not libc.prctl(1, 10, 0, 0, 0) and not libc.prctl(29, 123456, 0, 0, 0) and not libc.prctl(15, b'single', 0, 0, 0) # PR_SET_PDEATHSIG, _TIMERSLACK, _NAME
open('/proc/self/oom_score_adj', 'w').write('123')
for which in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE): resource.setrlimit(which, (700, 900))
nice = os.nice(3); assert not libc.prctl(41, 1, 0, 0, 0) # PR_SET_THP_DISABLE
libc.syscall(251, 1, 0, 2 << 13 | 6) # ioprio_set
bound = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); bound[0] = 7
at = ctypes.addressof(ctypes.c_char.from_buffer(bound))
assert not libc.syscall(237, word(at), word(8192), 2, ctypes.byref(word(1)), word(65), 0) # mbind
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 9); u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 9000)
group = socket.inet_aton('239.255.67.33') + socket.inet_aton('127.0.0.1'); u.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
room = u.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
queue = libc.mq_open(b'/q', os.O_CREAT | os.O_RDWR | os.O_NONBLOCK, 0o600, (ctypes.c_long * 8)(0, 4, 64)); assert queue >= 0 and not libc.mq_send(queue, b'text', 4, 3)
told = (ctypes.c_long * 8)(42, RT); assert not libc.mq_notify(queue, told)
KEY, CREATE = 5193, 0o1602 # nobody else's objects have that mode
assert not libc.semctl(libc.semget(KEY, 1, CREATE), 0, 16, 7) and not libc.msgsnd(libc.msgget(KEY, CREATE), (ctypes.c_long * 2)(1, 65), 8, 0) # SETVAL
segment = libc.shmget(KEY, 4096, CREATE); assert segment >= 0
def objects():
    room, messages = (ctypes.c_long * 2)(), libc.msgget(KEY, 0)
    got = libc.msgrcv(messages, room, 8, 0, 0o4000); libc.msgsnd(messages, room, 8, 0)
    return [libc.semctl(libc.semget(KEY, 0, 0), 0, 12), got, room[1], libc.shmget(KEY, 0, 0) == segment] # GETVAL
def asked(): # or told of a message: then it asks again, as any program does
    was_told = signal.sigtimedwait([RT], 0) is not None
    return was_told if libc.mq_notify(queue, told) == 0 else ctypes.get_errno() == 16
def scheduled():
    libc.prctl(2, ctypes.byref(number), 0, 0, 0); mask = os.umask(0o27) # PR_GET_PDEATHSIG
    return [os.sched_getaffinity(0), os.sched_getscheduler(0), number.value, libc.prctl(30, 0, 0, 0, 0), open('/proc/self/comm').read(), mask, # PR_GET_TIMERSLACK
            open('/proc/self/oom_score_adj').read(), resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)]
usual_schedule = scheduled(); assert usual_schedule == [{0}, os.SCHED_BATCH, 10, 123456, 'single\\n', 0o27, '123\\n', (700, 900), (700, 900)], usual_schedule
def settings():
    mode, attributes = ctypes.c_int(), (ctypes.c_long * 8)()
    libc.syscall(239, ctypes.byref(mode), 0, word(0), word(at), 2); libc.mq_getattr(queue, attributes) # get_mempolicy
    u.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, group); u.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    return [open('/proc/self/coredump_filter').read().strip(), os.nice(0), libc.prctl(42, 0, 0, 0, 0), libc.syscall(252, 1, 0), mode.value, bound[0],
            u.getsockopt(socket.IPPROTO_IP, socket.IP_TTL), u.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), attributes[3]]
usual = settings(); assert usual[1:] == [nice, 1, 2 << 13 | 6, 2, 7, 9, room, 1], usual
def whole():
    libc.timer_gettime(timer, now)
    return [now[2] > 0, signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0, signal.SIGUSR2 in signal.sigpending(), len(os.listdir('/proc/self/task')) == 2,
            settings() == usual, scheduled() == usual_schedule, objects() == [7, 8, 65, True], asked()]
while True:
    events.poll()
    c, _ = s.accept()
    block[0] = (block[0] + 1) % 256
    state = whole()
    try: c.sendall(b'%d\\n' % block[0] if all(state) else b'not whole: %s\\n' % str(state).encode())
    except OSError: pass
    c.close()
`;
