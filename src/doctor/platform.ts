import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { programs } from '../../native/programs.ts';
import { bad, good, type Check } from './check.ts';

const BUILD = 'npm test or npm run demo builds it';

export const kernel: Check = ({ kernel: { release }, kernel: version }) => {
  if (process.arch !== 'x64') return bad('kernel', `${release} on ${process.arch}: images are of x86-64 alone`, 'use an x86-64 machine');
  if (!version.atLeast(5, 10)) return bad('kernel', `${release} is too old`, 'use 5.10 or later, best 6.9 or later');
  return good('kernel', `${release} on x86-64`);
};

export const pagemapScan: Check = ({ kernel: version }) =>
  version.atLeast(6, 7)
    ? good('PAGEMAP_SCAN', 'written pages are found without reading the whole page map')
    : bad(
        'PAGEMAP_SCAN',
        `kernel ${version.release} has none (6.7 has): commits of large applications freeze them for longer`,
        'use kernel 6.7 or later',
      );

export const nativePrograms: Check = () => {
  const missing = (['view', 'forge', 'dump', 'enter'] as const).map((name) => programs[name]).filter((path) => !executable(path));
  return missing.length === 0
    ? good('native programs', `built, in ${dirname(programs.view)}`)
    : bad('native programs', `not built: ${missing.join(', ')}`, BUILD);
};

export const preloadLibrary: Check = () =>
  existsSync(programs.preload)
    ? good('preload library', programs.preload)
    : bad('preload library', `not built: ${programs.preload}`, BUILD);

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
