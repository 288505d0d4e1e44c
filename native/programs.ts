import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout or package: the nearest folder above that holds package.json (dist/ has none). */
export const projectRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(start: string): string {
  for (let at = start; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) throw new Error(`no package.json above ${start}`);
  }
}

const built = join(projectRoot, 'dist', 'native');

/** Absolute paths of the native programs (native/README.md). */
export const programs = {
  view: join(built, 'appshot-view'),
  forge: join(built, 'appshot-forge'),
  dump: join(built, 'appshot-dump'),
  enter: join(built, 'appshot-enter'),
  preload: join(built, 'libappshot.so'),
} as const;
