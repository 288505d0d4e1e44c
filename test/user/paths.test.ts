import test from 'ava';
import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { AppshotError } from '../../src/errors.ts';
import { storePaths } from '../../src/paths.ts';

/** Of nobody's on this machine, so that no store stands there. */
const uid = 4_000_000_000 + (process.pid % 1_000_000);
const fallback = `/tmp/appshot-${uid}`;

test.serial("a user's store is where the XDG directories are", (t) => {
  const paths = storePaths({ HOME: '/home/u', XDG_RUNTIME_DIR: '/run/user/7', XDG_STATE_HOME: '/s' }, uid);
  t.like(paths, { data: '/home/u/.local/share/appshot', state: '/s/appshot', run: '/run/user/7/appshot' });
});

test.serial('without a runtime directory it is one in /tmp, unless somebody else has made that', (t) => {
  t.is(storePaths({ HOME: '/home/u' }, uid).run, `${fallback}/appshot`);
  t.is(storePaths({}, uid).data, `${fallback}/.local/share/appshot`);
  mkdirSync(fallback);
  try {
    t.is(t.throws(() => storePaths({ HOME: '/home/u' }, uid), { instanceOf: AppshotError }).code, 'permission');
    chmodSync(fallback, 0o777);
    const own = process.getuid?.() ?? 0;
    t.throws(() => storePaths({ HOME: '/home/u' }, uid));
    if (own !== 0) t.is(storePaths({ HOME: '/home/u', XDG_RUNTIME_DIR: '/r' }, own).run, '/r/appshot');
  } finally {
    rmdirSync(fallback);
  }
});
