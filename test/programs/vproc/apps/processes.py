import multiprocessing as mp, os, signal, subprocess, threading
def f(x): return (x * x, os.getpid())
if __name__ == '__main__':
    with mp.Pool(3) as p:
        r = p.map(f, range(30)); pids = {q for _, q in r}
        assert [a for a, _ in r] == [x * x for x in range(30)] and pids <= {c.pid for c in p._pool}, (pids, [c.pid for c in p._pool])
    ctx = mp.get_context('spawn')
    q = ctx.Queue()
    pr = ctx.Process(target=q.put, args=(1,)); pr.start(); assert q.get(timeout=20) == 1; pr.join(); assert pr.exitcode == 0
    ctx = mp.get_context('forkserver')
    pr = ctx.Process(target=print, args=('forkserver',)); pr.start(); pr.join(); assert pr.exitcode == 0
    s = subprocess.Popen(['sleep', '100']); assert s.poll() is None; s.terminate(); assert s.wait() == -15
    s = subprocess.run('kill -9 $$', shell=True); assert s.returncode == -9
    l = mp.Lock(); e = mp.Event()
    def w():
        with l: e.set()
    pr = mp.Process(target=w); pr.start(); assert e.wait(10); pr.join()
    with mp.Manager() as m:
        d = m.dict(); pr = mp.Process(target=d.update, args=({'a': 1},)); pr.start(); pr.join(); assert d['a'] == 1
    assert threading.get_native_id() == os.getpid()
    print('ok')
