import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Duplex, PassThrough, pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { AppshotError } from '../errors.ts';

/** Zstandard came into Node with 22.15; its types come later still. */
interface Zstd {
  createZstdCompress?(): Transform;
  createZstdDecompress?(): Transform;
}
const zstd = zlib as Zstd;

/** Fast rather than small: images are large, and archives mostly go over one wire once. */
export const compressor = (): Transform => zstd.createZstdCompress?.() ?? zlib.createGzip({ level: 1 });

export type Compression = 'gzip' | 'zstd' | 'none';

/** By the first bytes of a file, of which a tar's own magic lies at 257; null for none of them. */
export function compressionOf(start: Buffer): Compression | null {
  if (start.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return 'gzip';
  if (start.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return 'zstd';
  return start.toString('latin1', 257, 262) === 'ustar' ? 'none' : null;
}

/** Throws AppshotError 'unsupported' where neither this Node nor a program can. */
export function decompressor(compression: Compression, what: string): Duplex {
  if (compression === 'none') return new PassThrough();
  if (compression === 'gzip') return zlib.createGunzip();
  const made = zstd.createZstdDecompress?.() ?? zstdProgram();
  if (made !== null) return made;
  throw new AppshotError(
    'unsupported',
    what,
    `it is compressed by zstd, which Node ${process.versions.node} can't read, and there is no program zstd`,
    'install zstd, or use Node 22.15 or later',
  );
}

/** Null where there is none. */
function zstdProgram(): Duplex | null {
  if (spawnSync('zstd', ['--version'], { stdio: 'ignore' }).error !== undefined) return null;
  const child = spawn('zstd', ['-dcq'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, 1000);
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined); // why it ended early is in what it said
  return Duplex.from({
    writable: child.stdin,
    readable: Readable.from(
      whole(child.stdout, ended, () => said),
      { objectMode: false },
    ),
  });
}

/** Its output, which is known to be all of it only at its end. */
async function* whole(output: Readable, ended: Promise<[number | null]>, said: () => string): AsyncGenerator<Buffer> {
  yield* output as AsyncIterable<Buffer>;
  const [code] = await ended;
  if (code === 0) return;
  const cut = said().includes('premature end');
  throw Object.assign(new Error(said()), { code: cut ? 'Z_BUF_ERROR' : 'ZSTD_error' });
}

/** The tar in an archive, which is opened once: it may be a pipe. Throws AppshotError 'not-found', 'corrupt' or 'unsupported'. */
export async function openTar(file: string, what: string): Promise<Readable> {
  const chunks = createReadStream(file, { highWaterMark: 1 << 20 })[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const start = await firstBytes(chunks, what);
  const compression = compressionOf(start);
  if (compression === null) throw new AppshotError('corrupt', what, 'it is no archive of a template');
  const plain = decompressor(compression, what);
  pipeline(Readable.from(rejoined(start, chunks), { objectMode: false }), plain, () => undefined); // `plain` tells of every failure
  return plain;
}

async function firstBytes(chunks: AsyncIterator<Buffer, undefined>, what: string): Promise<Buffer> {
  let start = Buffer.alloc(0);
  try {
    while (start.length < 512) {
      const { done, value } = await chunks.next();
      if (done === true) break;
      start = Buffer.concat([start, value]);
    }
    return start;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new AppshotError('not-found', what, 'no such file');
    if (code === 'EISDIR') throw new AppshotError('misuse', what, 'it is a directory', 'name the archive; create --root takes a directory');
    throw error;
  }
}

async function* rejoined(start: Buffer, rest: AsyncIterator<Buffer, undefined>): AsyncGenerator<Buffer> {
  yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
