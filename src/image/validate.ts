/** What records say about each other. A record alone may be sound and still speak of a file, a page or a process that isn't there. */
import type { ImageRecord } from './bodies.ts';
import { corrupt } from './cursor.ts';
import {
  isDescription,
  PROCESS_ZOMBIE,
  RESTORER_BASE,
  RESTORER_END,
  VMA_FILE_PRIVATE,
  VMA_FILE_SHARED,
  VMA_SHMEM,
  VMA_SYSV_SHM,
  type RecordType,
} from './layout.ts';
import type { ImageExtent, ImageHeader, ImageVma } from './structs.ts';

type Of<K extends RecordType> = Extract<ImageRecord, { kind: K }>;
const PAGE = 4096n;

/** The parent images' ids. Throws AppshotError 'corrupt' and names the record that can't be right. */
export function validate(header: ImageHeader, records: readonly ImageRecord[]): string[] {
  const known = new Known(records);
  checkCounts(header, records);
  checkProcesses(header, records);
  for (const record of records) checkReferences(record, known, header);
  return parentsOf(records);
}

class Known {
  readonly #ids = new Set<string>();
  readonly #descriptions = new Set<number>();

  constructor(records: readonly ImageRecord[]) {
    for (const { kind, id } of records) {
      this.#ids.add(`${kind} ${id}`);
      if (isDescription(kind)) this.#descriptions.add(id);
    }
  }

  has(kind: RecordType, id: number): boolean {
    return this.#ids.has(`${kind} ${id}`);
  }
  hasDescription(id: number): boolean {
    return this.#descriptions.has(id);
  }
}

function parentsOf(records: readonly ImageRecord[]): string[] {
  const pages = records.filter((record) => record.kind === 'pages').toSorted((a, b) => a.id - b.id);
  pages.forEach((record, index) => {
    if (record.id !== index) throw corrupt(record.offset, `image index ${record.id} where ${index} belongs`);
    if ((record.name === '') !== (index === 0)) throw corrupt(record.offset, `image index ${index} is named "${record.name}"`);
  });
  return pages.slice(1).map((record) => record.name);
}

function checkCounts(header: ImageHeader, records: readonly ImageRecord[]): void {
  const count = (kind: RecordType): number => records.filter((record) => record.kind === kind).length;
  if (count('process') !== header.processCount)
    throw corrupt(0, `${count('process')} processes where the header counts ${header.processCount}`);
  if (count('thread') !== header.threadCount) throw corrupt(0, `${count('thread')} threads where the header counts ${header.threadCount}`);
}

/** Parents stand before their children, so that one pass can make them all. */
function checkProcesses(header: ImageHeader, records: readonly ImageRecord[]): void {
  const seen = new Set([1]);
  for (const record of records.filter((other) => other.kind === 'process')) {
    if (record.body.pid !== record.id || record.id < 2)
      throw corrupt(record.offset, `process ${record.id} says that its pid is ${record.body.pid}`);
    if (!seen.has(record.body.ppid)) throw corrupt(record.offset, `process ${record.id} stands before its parent ${record.body.ppid}`);
    seen.add(record.id);
  }
  if (header.mainPid !== 0 && !seen.has(header.mainPid)) throw corrupt(0, `the main process ${header.mainPid} is not in the image`);
}

function checkReferences(record: ImageRecord, known: Known, header: ImageHeader): void {
  switch (record.kind) {
    case 'process': {
      checkProcessFiles(record, known);
      return;
    }
    case 'thread': {
      need(known.has('process', record.body.state.pid), record, `process ${record.body.state.pid}`);
      return;
    }
    case 'vmas': {
      checkVmas(record, known);
      return;
    }
    case 'extents': {
      checkExtents(record, record.body, known, header, null);
      return;
    }
    case 'shmem': {
      checkExtents(record, record.body.extents, known, header, record.body.state.size);
      return;
    }
    case 'sysv_shm': {
      need(known.has('shmem', record.body.shmem), record, `shared memory ${record.body.shmem}`);
      return;
    }
    case 'fds':
      for (const { description } of record.body) need(known.hasDescription(description), record, `open file ${description}`);
      return;
    case 'parts':
      for (const { descriptions } of record.body) for (const id of descriptions) need(known.hasDescription(id), record, `open file ${id}`);
      return;
    default:
  }
}

function checkProcessFiles(record: Of<'process'>, known: Known): void {
  const { flags, exeFile, cwdFile, rootFile } = record.body;
  if ((flags & PROCESS_ZOMBIE) !== 0) return;
  need(known.has('file', exeFile), record, `the executable, file ${exeFile}`);
  need(known.has('file', cwdFile), record, `the working directory, file ${cwdFile}`);
  need(rootFile === 0 || known.has('file', rootFile), record, `the root, file ${rootFile}`);
}

function checkVmas(record: Of<'vmas'>, known: Known): void {
  let previous = 0n;
  for (const vma of record.body) {
    const where = `the mapping at 0x${vma.start.toString(16)}`;
    if (vma.start < previous || vma.end <= vma.start || vma.start % PAGE !== 0n || vma.end % PAGE !== 0n || vma.fileOffset % PAGE !== 0n)
      throw corrupt(record.offset, `process ${record.id}: ${where} is out of order or no whole pages`);
    if (vma.start < RESTORER_END && vma.end > RESTORER_BASE)
      throw corrupt(record.offset, `process ${record.id}: ${where} lies where the restorer works`);
    need(objectOf(vma, known), record, `what stands behind ${where}`);
    previous = vma.end;
  }
}

function objectOf(vma: ImageVma, known: Known): boolean {
  switch (vma.kind) {
    case VMA_FILE_PRIVATE:
    case VMA_FILE_SHARED:
      return known.has('file', vma.fileId);
    case VMA_SHMEM:
      return known.has('shmem', vma.fileId);
    case VMA_SYSV_SHM:
      return known.has('sysv_shm', vma.fileId);
    default:
      return true;
  }
}

function checkExtents(record: ImageRecord, extents: readonly ImageExtent[], known: Known, header: ImageHeader, size: bigint | null): void {
  let previous = 0n;
  for (const { start, len, offset, image } of extents) {
    const where = `the memory at 0x${start.toString(16)}`;
    if (start < previous || len === 0n || start % PAGE !== 0n || len % PAGE !== 0n || offset % PAGE !== 0n)
      throw corrupt(record.offset, `${record.kind} ${record.id}: ${where} is out of order or no whole pages`);
    need(image === 0 || known.has('pages', image), record, `image index ${image}`);
    if (image === 0 && offset + len > header.pagesSize)
      throw corrupt(record.offset, `${record.kind} ${record.id}: ${where} lies beyond the pages file`);
    previous = start + len;
  }
  if (size !== null && previous > ((size + PAGE - 1n) / PAGE) * PAGE)
    throw corrupt(record.offset, `${record.kind} ${record.id} holds more than its size`);
}

function need(there: boolean, record: ImageRecord, what: string): void {
  if (!there) throw corrupt(record.offset, `${record.kind} ${record.id} refers to ${what}, which isn't there`);
}
