# 256 MiB of known bytes, four threads that count, and a server that tells about both.
import hashlib, http.server, json, os, sys, threading, time

SIZE = int(os.environ.get("MEBIBYTES", "256")) << 20
block = bytes((i * 7 + 13) & 255 for i in range(65536))
memory = bytearray(block * (SIZE // len(block)))
digest = hashlib.sha256(memory).hexdigest()
counts = [0, 0, 0, 0]

def count(index):
    while True:
        counts[index] += 1
        time.sleep(0.01)

for index in range(4):
    threading.Thread(target=count, args=(index,), daemon=True).start()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/poke"):
            memory[0] = int(self.path.split("=")[1])
        if self.path.startswith("/verify"):
            body = {"right": hashlib.sha256(memory).hexdigest() == digest}
        else:
            body = {"pid": os.getpid(), "ppid": os.getppid(), "first": memory[0], "counts": counts, "threads": threading.active_count(),
                    "self": os.readlink("/proc/self")}
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *args):
        pass

print("ready", flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "9000"))), Handler).serve_forever()
