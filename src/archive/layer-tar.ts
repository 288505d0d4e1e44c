/** A layer as an OCI layer: an uncompressed tar whose whiteouts are `.wh.` names. The same layer gives the same bytes. */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { AppshotError } from '../errors.ts';
import { dataSize, measureSparse, sparseData, type SparseFile } from './extents.ts';
import { padding, TAR_END, tarHead, type TarHead, type TarType } from './tar-head.ts';
import { MARK_PREFIX, OPAQUE, OWNER, REDIRECT } from './marks.ts';
import { shownPath } from '../byte-paths.ts';
import { inLayer, isWhiteout, walkLayer, type LayerFile } from './walk-layer.ts';

export const WHITEOUT = '.wh.';
export const OPAQUE_NAME = '.wh..wh..opq';
const BATCH = 256 << 10;

/** Files that a tar can't hold, or that would be taken for something else: they go beside it. Paths are bytes. */
export interface Beside {
  readonly sockets: readonly {
    readonly path: string;
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly mtime: string;
  }[];
  /** Files whose own name starts as a whiteout's does. */
  readonly literals: readonly string[];
}

export interface LayerOptions {
  /** For other tools: without marks that only an overlay understands. */
  readonly plain: boolean;
  /** Names in the layer's root that are left out. */
  readonly without?: readonly string[];
}

export interface Measured {
  readonly size: number;
  readonly beside: Beside;
  /** Whether it holds a directory that was renamed without what lies below it. */
  readonly redirected: boolean;
}

interface Piece {
  readonly redirect: boolean;
  readonly head: Buffer;
  /** Bytes that follow it, of this file. */
  readonly file: FileData | null;
}

interface FileData {
  readonly path: Buffer;
  /** Of its data in the tar. */
  readonly size: number;
  readonly extents: SparseFile['extents'];
}

/** What the tar will be, without reading a file's content. Throws AppshotError 'unsupported'. */
export function measureLayer(root: string, options: LayerOptions): Measured {
  const sockets: Beside['sockets'][number][] = [];
  const literals: string[] = [];
  let size = TAR_END.length;
  let redirected = false;
  for (const piece of pieces(root, options, (file) => {
    if (file.stat.isSocket())
      sockets.push({ path: file.path, mode: Number(file.stat.mode), ...owner(file), mtime: String(file.stat.mtimeNs) });
    else literals.push(file.path);
  })) {
    size += piece.head.length + (piece.file === null ? 0 : piece.file.size + padding(piece.file.size));
    redirected ||= piece.redirect;
  }
  return { size, beside: { sockets, literals }, redirected };
}

/** The tar in chunks of some 256 KiB. Throws AppshotError 'corrupt' when a file changes while it is read. */
export function* layerTar(root: string, options: LayerOptions): Generator<Buffer> {
  let batch: Buffer[] = [];
  let held = 0;
  for (const chunk of unbatched(root, options)) {
    batch.push(chunk);
    held += chunk.length;
    if (held < BATCH) continue;
    yield Buffer.concat(batch);
    batch = [];
    held = 0;
  }
  yield Buffer.concat([...batch, TAR_END]);
}

/** SHA-256 of the tar, hexadecimal. */
export function layerDigest(root: string, options: LayerOptions): string {
  const hash = createHash('sha256');
  for (const chunk of layerTar(root, options)) hash.update(chunk);
  return hash.digest('hex');
}

function* unbatched(root: string, options: LayerOptions): Generator<Buffer> {
  for (const { head, file } of pieces(root, options, () => undefined)) {
    yield head;
    if (file === null) continue;
    yield* sparseData(file.path, file);
    yield Buffer.alloc(padding(file.size));
  }
}

function* pieces(root: string, options: LayerOptions, beside: (file: LayerFile) => void): Generator<Piece> {
  const linked = new Map<string, string>();
  const left = options.without ?? [];
  for (const file of walkLayer(root)) {
    if (left.includes(file.path.split('/', 1)[0] ?? '')) continue;
    if (isLiteral(file)) {
      if (options.plain)
        throw new AppshotError('unsupported', shownPath(file.path), 'a name that starts with .wh. would be read as a removed file');
      beside(file);
    }
    if (file.stat.isSocket()) beside(file);
    else yield* fileInPieces(root, file, options, linked);
  }
}

function isLiteral({ path, stat }: LayerFile): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith(WHITEOUT) && !stat.isSocket() && !isWhiteout(stat);
}

function* fileInPieces(root: string, file: LayerFile, options: LayerOptions, linked: Map<string, string>): Generator<Piece> {
  const { path, stat } = file;
  if (isWhiteout(stat)) {
    const at = path.lastIndexOf('/') + 1;
    yield { head: mark(file, `${path.slice(0, at)}${WHITEOUT}${path.slice(at)}`), file: null, redirect: false };
    return;
  }
  const identity = `${stat.dev}:${stat.ino}`;
  const first = stat.isDirectory() || stat.nlink < 2n ? undefined : linked.get(identity);
  if (first !== undefined) {
    yield { head: tarHead({ ...common(file, options), path, type: 'hardlink', link: first, xattrs: [] }), file: null, redirect: false };
    return;
  }
  if (!stat.isDirectory() && stat.nlink > 1n) linked.set(identity, path);
  yield { ...wholeFile(root, file, options), redirect: file.xattrs.some(([name]) => name === REDIRECT) };
  if (stat.isDirectory() && isOpaque(file)) yield { head: mark(file, join(path, OPAQUE_NAME)), file: null, redirect: false };
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);
const isOpaque = ({ xattrs }: LayerFile): boolean => xattrs.some(([name, value]) => name === OPAQUE && value.toString() === 'y');

function wholeFile(root: string, file: LayerFile, options: LayerOptions): Omit<Piece, 'redirect'> {
  const { path, stat } = file;
  const absolute = inLayer(root, path);
  const base = common(file, options);
  const type = typeOf(file);
  switch (type) {
    case 'file':
      return options.plain || stat.blocks * 512n >= stat.size ? plainFile(file, absolute, base) : sparseFile(file, absolute, base);
    case 'directory':
      return { head: tarHead({ ...base, path: path === '' ? './' : `${path}/`, type }), file: null };
    case 'symlink':
      return {
        head: tarHead({ ...base, path, type, link: readlinkSync(absolute, { encoding: 'buffer' }).toString('latin1') }),
        file: null,
      };
    default:
      return { head: tarHead({ ...base, path, type, device: device(stat.rdev) }), file: null };
  }
}

function plainFile({ path, stat }: LayerFile, absolute: Buffer, base: Common): Omit<Piece, 'redirect'> {
  const size = Number(stat.size);
  return { head: tarHead({ ...base, path, type: 'file', size }), file: size === 0 ? null : { path: absolute, size, extents: [[0, size]] } };
}

/** What is no hole, after a map of it: decimal numbers, a line each, filled up to whole blocks. */
function sparseFile({ path }: LayerFile, absolute: Buffer, base: Common): Omit<Piece, 'redirect'> {
  const layout = measureSparse(absolute);
  const { extents } = layout;
  const [start, length] = extents.at(-1) ?? [0, 0];
  const listed = start + length === layout.size ? extents : [...extents, [layout.size, 0]];
  const map = Buffer.from(`${[listed.length, ...listed.flat()].join('\n')}\n`);
  const size = dataSize(layout);
  const head = tarHead({ ...base, path, type: 'file', size: map.length + padding(map.length) + size, sparse: layout.size });
  return {
    head: Buffer.concat([head, map, Buffer.alloc(padding(map.length))]),
    file: size === 0 ? null : { path: absolute, size, extents },
  };
}

function typeOf({ path, stat }: LayerFile): TarType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  if (stat.isBlockDevice()) return 'block';
  if (stat.isCharacterDevice()) return 'character';
  throw new AppshotError('unsupported', shownPath(path), 'it is of no kind that an archive can hold');
}

/** As glibc's makedev packs them. */
const device = (rdev: bigint): { major: number; minor: number } => ({
  major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
  minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)),
});

const owner = ({ stat }: LayerFile): { uid: number; gid: number } => ({ uid: Number(stat.uid), gid: Number(stat.gid) });

/** For other tools, which don't know of our mark. */
function shownOwner(file: LayerFile): { uid: number; gid: number } {
  const mark = file.xattrs.find(([name]) => name === OWNER && name.startsWith(MARK_PREFIX))?.[1];
  return mark?.length === 8 ? { uid: mark.readUInt32LE(0), gid: mark.readUInt32LE(4) } : owner(file);
}

type Common = Pick<TarHead, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'>;

function common(file: LayerFile, { plain }: LayerOptions): Common {
  const kept = file.xattrs.filter(([name]) => name !== OPAQUE && !(plain && name.startsWith(MARK_PREFIX)));
  const odd = kept.find(([name]) => name.includes('='));
  if (odd !== undefined)
    throw new AppshotError('unsupported', shownPath(file.path), `an attribute named "${odd[0]}" can't stand in an archive`);
  return { mode: Number(file.stat.mode), ...(plain ? shownOwner(file) : owner(file)), mtime: file.stat.mtimeNs, xattrs: kept };
}

const mark = (file: LayerFile, path: string): Buffer =>
  tarHead({ path, type: 'file', mode: 0o644, ...owner(file), mtime: file.stat.mtimeNs });
