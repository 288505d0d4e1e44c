import { createConnection } from 'node:net';

/** One simple query over a connection of its own, as user postgres without a password; the first column of the first row. */
export function queryPostgres(address: string, sql: string, database = 'postgres'): Promise<string | null> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port), noDelay: true });
    let buffer = Buffer.alloc(0);
    let value: string | null = null;
    let asked = false;
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('the server closed the connection'));
    });
    socket.once('connect', () => {
      socket.write(startup(database));
    });
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= 5 && buffer.length > buffer.readInt32BE(1)) {
        const kind = String.fromCharCode(buffer[0] ?? 0);
        const body = buffer.subarray(5, 1 + buffer.readInt32BE(1));
        buffer = buffer.subarray(1 + buffer.readInt32BE(1));
        if (kind === 'E') reject(new Error(body.toString('utf8').replaceAll('\0', ' ')));
        if (kind === 'D') value = firstColumn(body);
        if (kind !== 'Z') continue;
        if (asked) {
          resolve(value);
          socket.destroy();
          return;
        }
        asked = true;
        socket.write(message('Q', `${sql}\0`));
      }
    });
  });
}

function startup(database: string): Buffer {
  const words = Buffer.from(`user\0postgres\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + words.length, 0);
  head.writeInt32BE(196608, 4); // protocol 3.0
  return Buffer.concat([head, words]);
}

function message(kind: string, text: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, 0, 'latin1');
  head.writeInt32BE(4 + Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

function firstColumn(row: Buffer): string | null {
  const size = row.readInt32BE(2);
  return size < 0 ? null : row.subarray(6, 6 + size).toString('utf8');
}
