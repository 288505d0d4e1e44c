import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';

const root = process.getuid?.() === 0 ? test : test.skip; // it changes the root

// A chroot, as people make them: the namespace that its processes are in begins elsewhere. Everything ends with its process namespace.
root('below a changed root everything works as elsewhere', (t) => {
  const below = mkdtempSync('/var/tmp/appshot-root-');
  const home = mkdtempSync('/var/tmp/appshot-home-');
  t.teardown(() => {
    rmSync(home, { recursive: true });
    rmdirSync(below);
  });
  const inside = `
    set -e
    appshot="${join(projectRoot, 'bin/appshot')}"
    trap '$appshot destroy -q $($appshot ps -aq); $appshot daemon --stop' EXIT
    $appshot run -d --aid app --wait-for log:^ready -w ${home} -- sh -c 'exec 3>kept; echo ready; while :; do echo more >&3; sleep 0.05; done'
    $appshot commit app warm
    $appshot clone warm -n 2
    $appshot snapshot warm-1
    $appshot restore warm-1
    $appshot exec warm-1 -- sh -c 'tail -n 1 ${home}/kept; ls -d ${below}'`;
  const outside = 'mount --make-rprivate / && mount --rbind / "$1" && mount -t proc proc "$1/proc" && exec chroot "$1" sh -c "$2"';
  const said = execFileSync('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', outside, 'sh', below, inside], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, APPSHOT_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.regex(said, /more\n/);
  t.regex(said, new RegExp(`^${below}$`, 'm'));
});
