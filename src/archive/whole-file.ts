import { closeSync, constants, createWriteStream, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { addon } from '../../native/addon.ts';
import { compressor } from './compression.ts';

/** O_TMPFILE, which Node's constants lack: a file without a name, in the directory that is opened. */
const NAMELESS = 0o20000000 | constants.O_DIRECTORY;

/**
 * Bytes written. What stands at `file` is always whole: it gets its name when all of it is there, and whoever is killed before leaves
 * nothing. (Where the file system knows no files without names, `file`.PID.part.) A pipe or a device is written as it is.
 */
export async function writeFileWhole(file: string, chunks: Iterable<Buffer>, compressed: boolean): Promise<number> {
  const known = lstatSync(file, { throwIfNoEntry: false });
  if (known !== undefined && !known.isFile()) return write(chunks, compressed, createWriteStream(file));
  const part = `${file}.${process.pid}.part`;
  rmSync(part, { force: true }); // of one that was killed, and had the same number
  const nameless = openNameless(dirname(file));
  const fd = nameless ?? openSync(part, 'wx', 0o600);
  try {
    const bytes = await write(chunks, compressed, createWriteStream('', { fd, autoClose: false }));
    if (nameless !== null) addon().nameFile(fd, part);
    renameSync(part, file);
    return bytes;
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function openNameless(directory: string): number | null {
  try {
    return openSync(directory, constants.O_WRONLY | NAMELESS, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EOPNOTSUPP' || code === 'EISDIR' || code === 'EINVAL') return null;
    throw error;
  }
}

async function write(chunks: Iterable<Buffer>, compressed: boolean, target: Writable): Promise<number> {
  let bytes = 0;
  const counter = new PassThrough();
  counter.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await pipeline(
    Readable.from(chunks, { objectMode: false, highWaterMark: 1 << 20 }),
    compressed ? compressor() : new PassThrough(),
    counter,
    target,
  );
  return bytes;
}
