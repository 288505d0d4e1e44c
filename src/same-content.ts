import { open } from 'node:fs/promises';

const CHUNK = 1 << 20;

/** Whether two files hold the same bytes. Throws what open and read throw. */
export async function sameContent(one: Buffer, other: Buffer): Promise<boolean> {
  const [a, b] = [await open(one), await open(other).catch(() => null)];
  try {
    if (b === null) return false;
    const [left, right] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
    for (let at = 0; ; at += CHUNK) {
      const [{ bytesRead }, beside] = [await a.read(left, 0, CHUNK, at), await b.read(right, 0, CHUNK, at)];
      if (bytesRead !== beside.bytesRead || !left.subarray(0, bytesRead).equals(right.subarray(0, bytesRead))) return false;
      if (bytesRead < CHUNK) return true;
    }
  } finally {
    await a.close();
    await b?.close();
  }
}
