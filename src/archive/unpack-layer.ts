/** An OCI layer's tar becomes a layer: tar itself makes the files, and `.wh.` names become the marks of kernel overlayfs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, constants, lstatSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { addon } from '../../native/addon.ts';
import { AppshotError } from '../errors.ts';
import { copyFailure, isRemark } from './copy-failure.ts';
import { OPAQUE_NAME, WHITEOUT, type Beside } from './layer-tar.ts';
import { MARKS, OPAQUE } from './marks.ts';
import { shownPath } from '../byte-paths.ts';
import { inLayer, isWhiteoutDevice } from './walk-layer.ts';

/** A user owns what it unpacks: it can give nothing away. */
const OWNER = MARKS === 'trusted' ? '--same-owner' : '--no-same-owner';
/** tar follows no link that the archive itself brought, and takes no name out of the directory. */
const TAR = ['--numeric-owner', OWNER, '--xattrs', '--xattrs-include=*', '--delay-directory-restore', '-xpf', '-'];

/** What tar says of a link to what it didn't find, and at the end of that. */
const NO_TARGET = /^tar: .*: Cannot hard link to '.*': No such file or directory$/;
const MOST_SAID = 1 << 20;

/**
 * Throws AppshotError 'no-space', 'corrupt' or 'failed'; the directory then holds whatever was made so far. With `others`, a layer's
 * links may lead to files of other layers: whether there are such, which are then missing.
 */
export async function unpackLayer(chunks: AsyncIterable<Buffer>, directory: string, what: string, others = false): Promise<boolean> {
  const child = spawn('tar', [...TAR, '-C', directory], { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < MOST_SAID) said += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A tar that ended early says why on its standard error; that writing to it fails is no news.
  child.stdin.on('error', () => undefined);
  try {
    for await (const chunk of chunks)
      if (!child.stdin.destroyed && !child.stdin.write(chunk)) await Promise.race([once(child.stdin, 'drain'), ended]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  child.stdin.end();
  if ((await ended) === 0) return false;
  if (others && said.length < MOST_SAID && lacksLinksAlone(said)) return true;
  throw copyFailure(said, what, 'tar failed');
}

const lacksLinksAlone = (said: string): boolean =>
  said
    .trimEnd()
    .split('\n')
    .every((line) => NO_TARGET.test(line) || isRemark(line) || line === 'tar: Exiting with failure status due to previous errors');

/** Turns `.wh.` names into marks, but for those that are files of that name, and makes what a tar can't hold. */
export function applyMarks(directory: string, { sockets, literals }: Beside): void {
  const literal = new Set(literals);
  const left = [''];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const entries = readdirSync(inLayer(directory, path), { encoding: 'buffer', withFileTypes: true });
    const within = path === '' ? '' : `${path}/`;
    const marks: string[] = [];
    for (const entry of entries) {
      const name = entry.name.toString('latin1');
      if (entry.isDirectory() && isForeign(name, within, literal)) rmSync(inLayer(directory, within + name), { recursive: true });
      else if (entry.isDirectory()) left.push(within + name);
      else if (entry.isCharacterDevice()) checkDevice(directory, within + name);
      else if (name.startsWith(WHITEOUT) && !literal.has(within + name)) marks.push(name);
    }
    if (marks.length > 0)
      keepingTimes(inLayer(directory, path), () => {
        for (const name of marks) applyMark(directory, path, name);
      });
  }
  for (const socket of sockets) makeSocket(directory, socket);
}

/** Other tools' own, beside their marks. */
const isForeign = (name: string, within: string, literal: ReadonlySet<string>): boolean =>
  name.startsWith(WHITEOUT + WHITEOUT) && !literal.has(within + name);

/** No mark is made yet in a directory whose entries are looked at. */
function checkDevice(directory: string, path: string): void {
  if (isWhiteoutDevice(lstatSync(inLayer(directory, path)).rdev))
    throw new AppshotError('unsupported', shownPath(path), 'a character device 0/0 is how a layer marks a removed file');
}

function applyMark(directory: string, path: string, name: string): void {
  const within = path === '' ? '' : `${path}/`;
  const file = inLayer(directory, within + name);
  const { uid, gid, atimeNs, mtimeNs } = lstatSync(file, { bigint: true });
  unlinkSync(file);
  if (name === OPAQUE_NAME) addon().setXattr(inLayer(directory, path), OPAQUE, Buffer.from('y'));
  const hidden = name.slice(WHITEOUT.length);
  if (hidden.startsWith(WHITEOUT)) return; // other tools' own marks
  if (hidden === '' || hidden === '.' || hidden === '..')
    throw new AppshotError('corrupt', shownPath(within + name), 'it marks no name as removed');
  const target = inLayer(directory, within + hidden);
  const there = lstatSync(target, { throwIfNoEntry: false });
  // What the same layer brings anew stands in the place of what it removes.
  if (there?.isDirectory() === true) addon().setXattr(target, OPAQUE, Buffer.from('y'));
  if (there !== undefined) return;
  addon().makeNode(target, constants.S_IFCHR);
  if (MARKS === 'trusted') chownSync(target, Number(uid), Number(gid));
  addon().setTimes(target, atimeNs, mtimeNs);
}

function makeSocket(directory: string, { path, mode, uid, gid, mtime }: Beside['sockets'][number]): void {
  const at = path.lastIndexOf('/');
  const parent = inLayer(directory, at < 0 ? '' : path.slice(0, at));
  checkInside(directory, path);
  if (lstatSync(inLayer(directory, path), { throwIfNoEntry: false }) !== undefined)
    throw new AppshotError('corrupt', shownPath(path), 'it stands twice in one layer');
  keepingTimes(parent, () => {
    addon().makeNode(inLayer(directory, path), constants.S_IFSOCK | (mode & 0o7777));
    if (MARKS === 'trusted') chownSync(inLayer(directory, path), uid, gid);
    addon().setTimes(inLayer(directory, path), BigInt(mtime), BigInt(mtime));
  });
}

/** No part of the way to a file may be a link, which could lead out of the layer. */
function checkInside(directory: string, path: string): void {
  const parts = path.split('/').slice(0, -1);
  parts.forEach((_, index) => {
    const parent = parts.slice(0, index + 1).join('/');
    if (lstatSync(inLayer(directory, parent), { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new AppshotError('corrupt', shownPath(path), `${shownPath(parent)} is no directory`);
  });
}

export function keepingTimes(path: Buffer, work: () => void): void {
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  work();
  addon().setTimes(path, atimeNs, mtimeNs);
}
