/**
 * The head of a tar member: a ustar header, and before it a pax header for what that can't hold. tar-stream reads archives
 * here, but its own writer turns binary attributes (file capabilities, ACLs) into text, so heads are written by this.
 */
export interface TarHead {
  /** Bytes, one character each. */
  readonly path: string;
  readonly type: TarType;
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Nanoseconds. */
  readonly mtime?: bigint;
  /** Target of a link. */
  readonly link?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: readonly (readonly [name: string, value: Buffer])[];
  /** Its size with holes, where the data starts with a map of what is none (GNU tar's format 1.0). */
  readonly sparse?: number;
}

export const TAR_TYPES = { file: '0', hardlink: '1', symlink: '2', character: '3', block: '4', directory: '5', fifo: '6' } as const;
export type TarType = keyof typeof TAR_TYPES;

export const BLOCK = 512;
export const TAR_END = Buffer.alloc(2 * BLOCK);
const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;

/** Bytes that fill a member's data up to whole blocks. */
export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

export function tarHead(head: TarHead): Buffer {
  const records = paxRecords(head);
  if (records.length === 0) return ustar(head, TAR_TYPES[head.type]);
  const body = Buffer.concat(records);
  const pax = ustar({ path: 'PaxHeaders/next', type: 'file', size: body.length }, 'x');
  return Buffer.concat([pax, body, Buffer.alloc(padding(body.length)), ustar(head, TAR_TYPES[head.type])]);
}

function paxRecords({ path, link = '', size = 0, uid = 0, gid = 0, mtime = 0n, xattrs = [], sparse }: TarHead): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: string | Buffer): void => {
    records.push(record(key, typeof value === 'string' ? Buffer.from(value, 'latin1') : value));
  };
  if (sparse !== undefined) {
    add('GNU.sparse.major', '1');
    add('GNU.sparse.minor', '0');
    add('GNU.sparse.name', path);
    add('GNU.sparse.realsize', String(sparse));
  } else if (!fits(path)) add('path', path);
  if (!fits(link)) add('linkpath', link);
  if (size > MAX_OCTAL_11) add('size', String(size));
  if (uid > MAX_OCTAL_7) add('uid', String(uid));
  if (gid > MAX_OCTAL_7) add('gid', String(gid));
  if (mtime < 0n || mtime % 1_000_000_000n !== 0n) add('mtime', seconds(mtime));
  for (const [name, value] of xattrs) add(`SCHILY.xattr.${name}`, value);
  return records;
}

// eslint-disable-next-line no-control-regex
const fits = (name: string): boolean => name.length < 100 && /^[\x01-\x7f]*$/.test(name);

/** `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits too. */
function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

function seconds(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const digits = String(nanoseconds < 0n ? -nanoseconds : nanoseconds).padStart(10, '0');
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function ustar({ path, link = '', size = 0, mode = 0o644, uid = 0, gid = 0, mtime = 0n, device }: TarHead, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void => {
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  };
  block.write(path.slice(0, 100), 0, 'latin1');
  octal(mode & 0o7777, 100, 8);
  octal(Math.min(uid, MAX_OCTAL_7), 108, 8);
  octal(Math.min(gid, MAX_OCTAL_7), 116, 8);
  octal(Math.min(size, MAX_OCTAL_11), 124, 12);
  octal(mtime < 0n ? 0 : Number(mtime / 1_000_000_000n), 136, 12);
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  block.write(link.slice(0, 100), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(device?.major ?? 0, 329, 8);
  octal(device?.minor ?? 0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
