import { renameSync, rmSync, writeFileSync, chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppshotError } from './errors.ts';
import { headerDigest, sealHeader } from './image/index.ts';
import { isAsSealed, pagesFile, recordsFile, stampOf } from './image-store.ts';
import type { Store } from './store.ts';

/** Nobody waits for a digest: it is made once nothing was sealed for this long, ms. */
const QUIET_MS = 1000;

const entry = new URL(import.meta.url.endsWith('.ts') ? './pages-digest-worker.ts' : './pages-digest-worker.js', import.meta.url);

/**
 * The digests of images' memory. To read gigabytes again takes longer than to write them, so an image is sealed without: until its digest is
 * there, its file is trusted by size, inode and change time alone. What leaves the store, or is compared with what comes in, has its digest first.
 */
export class PagesDigests {
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #worker: Worker | null = null;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  /** Those that a daemon before this one left without. */
  begin(store: Store): void {
    for (const { id, digest } of store.db.images.list()) if (digest === null) this.later(store, id);
  }

  /** Makes an image's digest once the store is quiet. */
  later(store: Store, image: string): void {
    this.#waiting.add(image);
    if (this.#closed) return;
    if (this.#timer !== null) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.now(store, [...this.#waiting]).catch((error: unknown) => {
        store.log('digests of images could not be made', { error: String(error) });
      });
    }, QUIET_MS);
    this.#timer.unref();
  }

  /** Returns when each of these images that the store has got has its digest. Throws 'corrupt' for a file that was changed before, and what reading and writing throw. */
  now(store: Store, images: readonly string[]): Promise<void> {
    const asked = this.#work.then(async () => {
      for (const image of images) await this.#make(store, image);
    });
    this.#work = asked.catch(() => undefined);
    return asked;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#worker?.terminate();
    await this.#work;
  }

  async #make(store: Store, image: string): Promise<void> {
    this.#waiting.delete(image);
    const row = store.db.images.get(image);
    if (row?.digest !== null || this.#closed) return;
    const pages = pagesFile(join(store.paths.images, image));
    const digest = await this.#inWorker(pages);
    const now = store.db.images.get(image); // it may have been removed meanwhile
    if (now === null || digest === null) return;
    if (!isAsSealed(pages, now.pages)) throw changedBefore(`image ${image}`, pages);
    writeDigest(store, image, digest);
  }

  async #inWorker(file: string): Promise<Buffer | null> {
    const worker = new Worker(entry, { workerData: file });
    worker.unref();
    this.#worker = worker;
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', (digest: Uint8Array) => {
          resolve(Buffer.from(digest));
        });
        worker.once('error', reject);
        worker.once('exit', () => {
          resolve(null);
        });
      });
    } finally {
      await worker.terminate();
      this.#worker = null;
    }
  }
}

/** The records are written anew beside the old ones: whoever reads them has either, whole. */
function writeDigest(store: Store, image: string, digest: Buffer): void {
  const file = recordsFile(join(store.paths.images, image));
  const records = readFileSync(file);
  sealHeader(records, digest);
  const next = `${file}.new`;
  try {
    writeFileSync(next, records, { mode: 0o400 });
    chmodSync(next, 0o400);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
  store.db.images.setDigest(image, headerDigest(records).toString('hex'), stampOf(file));
}

export function changedBefore(what: string, file: string): AppshotError {
  return new AppshotError(
    'corrupt',
    what,
    `${file} was changed before its digest was made`,
    'commit or import it anew; nothing was created',
  );
}
