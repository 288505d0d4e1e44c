/** A PostgreSQL cluster as a trial starts it, and its clients. */
import { execFile, execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Talk } from '../support/talk.ts';
import type { Live } from './trial.ts';

export const POSTGRES = '/usr/lib/postgresql/15/bin';
const host = promisify(execFile);

/** As root, the directory is given to the package's user, and the words are those that become it: the server refuses to be root. */
function ownerOf(directory: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'latin1' })));
  chownSync(directory, uid, gid);
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
}

/** Makes a cluster below `directory`; the words that start its server there. Root's is its own user's, another's his. */
export function makeCluster(directory: string, ...settings: string[]): string[] {
  const data = join(directory, 'postgres');
  const as = ownerOf(directory);
  const make = [...as, `${POSTGRES}/initdb`, '-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'];
  execFileSync(make[0] ?? '', make.slice(1), { stdio: 'pipe', cwd: '/' });
  const all = ['listen_addresses=127.0.0.1', ...settings].flatMap((setting) => ['-c', setting]);
  return [...as, `${POSTGRES}/postgres`, '-D', data, '-k', directory, ...all];
}

/** What a client of the package is told to reach the instance's server. */
export const reach = (live: Live): string[] => ['-h', '127.0.0.1', '-p', live.address.split(':')[1] ?? '', '-U', 'postgres'];

/** Runs a program of the package on the host; its output. Throws when it fails. */
export async function client(program: string, live: Live, ...words: string[]): Promise<string> {
  return (await host(`${POSTGRES}/${program}`, [...reach(live), ...words], { maxBuffer: 16 << 20 })).stdout.trim();
}

export const psql = (live: Live, statement: string): Promise<string> => client('psql', live, '-qAtc', statement, 'postgres');

// "Ready for query", and in which state.
const IDLE = new RegExp(String.raw`Z\0\0\0\x05I`);
const IN_TRANSACTION = new RegExp(String.raw`Z\0\0\0\x05T`);

/** A client that stays, idle. */
export async function connectTo(live: Live): Promise<Talk> {
  const startup = Buffer.from('\0\0\0\0\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');
  startup.writeUInt32BE(startup.length);
  const talk = await Talk.connect(live.address);
  await talk.ask(startup.toString('latin1'), IDLE);
  return talk;
}

/** A client that stays, in the middle of a transaction that has done what is said. */
export async function openTransaction(live: Live, statement: string): Promise<Talk> {
  const talk = await connectTo(live);
  await talk.ask(query(`begin; ${statement}; select 1`), IN_TRANSACTION);
  return talk;
}

export function query(text: string): string {
  const message = Buffer.from(`Q\0\0\0\0${text}\0`, 'latin1');
  message.writeUInt32BE(message.length - 1, 1);
  return message.toString('latin1');
}
