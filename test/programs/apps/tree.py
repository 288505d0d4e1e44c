"""A parent and 49 children; every answer asks each of the children over its pipes."""
import os, socket

PORT = int(os.environ.get("PORT", "9100"))
children = []
for number in range(49):
    down, up = os.pipe(), os.pipe()
    if os.fork() == 0:
        while os.read(down[0], 1):
            os.write(up[1], b"%d\n" % os.getpid())
        os._exit(0)
    children.append((down[1], up[0]))

server = socket.create_server(("127.0.0.1", PORT))
while True:
    client, _ = server.accept()
    client.recv(65536)
    for write, _ in children:
        os.write(write, b"?")
    pids = {int(os.read(read, 16)) for _, read in children}
    body = b"%d processes" % (len(pids | {os.getpid()}))
    client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    client.close()
