"""A parent that answers on a port, four children that share a queue, a block of memory and a lock with it."""
import http.server
import json
import multiprocessing as mp
import os
from multiprocessing import shared_memory

WORKERS = 4


def work(tasks, results, name, lock):
    block = shared_memory.SharedMemory(name=name)
    while True:
        number = tasks.get()
        with lock:
            total = int.from_bytes(block.buf[:8], "little") + 1
            block.buf[:8] = total.to_bytes(8, "little")
        results.put((os.getpid(), number * number))


def main():
    context = mp.get_context("fork")
    block = shared_memory.SharedMemory(create=True, size=4096)
    block.buf[:8] = bytes(8)
    lock, tasks, results = context.Lock(), context.Queue(), context.Queue()
    workers = [context.Process(target=work, args=(tasks, results, block.name, lock), daemon=True) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()

    class Handler(http.server.BaseHTTPRequestHandler):
        word = ""

        def log_message(self, *_):
            pass

        def do_GET(self):
            if self.path.startswith("/word="):
                with lock:
                    text = self.path[6:].encode()
                    block.buf[64:128] = text.ljust(64, b"\0")
            numbers = range(10)
            for number in numbers:
                tasks.put(number)
            answers = [results.get() for _ in numbers]
            body = json.dumps({
                "sum": sum(value for _, value in answers),
                "workers": sorted({pid for pid, _ in answers}),
                "total": int.from_bytes(block.buf[:8], "little"),
                "word": bytes(block.buf[64:128]).rstrip(b"\0").decode(),
            }).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http.server.HTTPServer(("127.0.0.1", 9100), Handler).serve_forever()


main()
