import test from 'ava';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, TestStore } from '../support/store.ts';
import { tryApplication, type Live } from './trial.ts';

const store = new TestStore();
const directory = mkdtempSync('/var/tmp/appshot-shell-');
test.after.always(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

for (const terminal of [false, true])
  test.serial(`bash with a pipeline of five${terminal ? ' in a terminal' : ''}: no line is lost, doubled or torn`, async (t) => {
    const out = join(directory, terminal ? 'shown' : 'out');
    const pipeline = `i=0; while :; do echo $((i++)); sleep 0.02; done | cat | awk -W interactive '{ print $1, $1 * $1; fflush() }' | sed -u 's/ /:/' | while read -r line; do echo "$line" >>${out}; done`;
    const seen = new Map<string, number>();
    const line = join(directory, 'pipeline.sh');
    writeFileSync(line, pipeline);
    const live = await tryApplication(t, store, terminal ? 'terminal' : 'pipeline', {
      command: terminal ? ['script', '-qec', `bash ${line}`, '/dev/null'] : ['bash', line],
      options: ['--wait-for', `exec:test -s ${out}`],
      clients: 1,
      async check(live) {
        const lines = (await live.exec('cat', out)).split('\n');
        lines.forEach((shown, i) => {
          if (shown !== `${i}:${i * i}`) throw new Error(`${live.aid}: line ${i} is ${shown}`);
        });
        await eventually(async () => {
          const now = Number(await live.exec('sh', '-c', `wc -l <${out}`));
          if (now <= (seen.get(live.aid) ?? 0)) throw new Error(`${live.aid} stands at ${now}`);
          seen.set(live.aid, now);
        });
      },
    });
    await store.ok('destroy', ...live.map(({ aid }) => aid)); // they would take the machine from the next tests
  });

test.serial('bash in a terminal of tmux: jobs, a variable, what is typed', async (t) => {
  const socket = join(directory, 'tmux');
  const answers = join(directory, 'answers');
  const tmux = (...words: string[]): string[] => ['tmux', '-S', socket, '-f', '/dev/null', ...words];
  const session = `${tmux('new-session', '-d', '-s', 'work', 'bash', '--norc').join(' ')}; exec sleep 100000`;
  const type = async (live: Live, line: string): Promise<void> => {
    await live.exec(...tmux('send-keys', '-t', 'work', line, 'Enter'));
  };
  /** What the shell answers to a line that writes to a file of that name. */
  const ask = async (live: Live, line: string): Promise<string> => {
    const name = join(answers, String(Math.random()).slice(2));
    await type(live, `${line} >${name}.part; mv ${name}.part ${name}`);
    return eventually(() => live.exec('cat', name));
  };
  mkdirSync(answers);
  await tryApplication(t, store, 'tmux', {
    command: ['sh', '-c', session],
    options: ['--wait-for', `exec:${tmux('has-session', '-t', 'work').join(' ')}`],
    clients: 1,
    async prepare(live) {
      await type(live, 'kept=source; sleep 100000 | cat & sleep 100001 & stty -echo');
      t.is(await ask(live, 'jobs -p | wc -l'), '2');
    },
    async check(live) {
      t.is(await ask(live, '{ kill -0 $$ && echo $((6 * 7)) $(tty | cut -d/ -f1-3) | cat | cat; }'), '42 /dev/pts');
    },
    write: (live, word) => type(live, `kept=${word}`),
    read: (live) => ask(live, 'echo $kept'),
    async deep(live) {
      t.is(await ask(live, '{ kill %2; wait %2; echo $?; }'), '143', 'a job is ended by its number');
      t.is(
        await ask(live, '{ kill -STOP %1; until jobs | grep -q Stopped; do sleep 0.05; done; kill -CONT %1; echo so; }'),
        'so',
        'and one stopped',
      );
    },
  });
});

test.serial('make -j2 in the middle of a C project: every clone builds all of it', async (t) => {
  const project = join(directory, 'project');
  mkdirSync(project);
  const names = Array.from({ length: 24 }, (_, i) => `part${i}`);
  const padding = Array.from(
    { length: 400 },
    (_, i) => `static int f${i}(int x) { return x * ${i} + (x ? f${Math.max(i - 1, 0)}(x - 1) : 0); }`,
  );
  names.forEach((name, i) => {
    writeFileSync(
      join(project, `${name}.c`),
      `${padding.join('\n').replace(/f0\(x - 1\)/, '0')}\nint ${name}(void) { return f399(0) + ${i}; }\n`,
    );
  });
  writeFileSync(
    join(project, 'main.c'),
    `#include <stdio.h>\n${names.map((name) => `int ${name}(void);`).join('\n')}\nint main(void) { printf("%d\\n", ${names.map((name) => `${name}()`).join(' + ')}); }\n`,
  );
  writeFileSync(
    join(project, 'Makefile'),
    `program: main.o ${names.map((name) => `${name}.o`).join(' ')}\n\tgcc -o $@ $^\n%.o: %.c\n\tgcc -O1 -c -o $@ $<\n`,
  );
  const built = async (live: Pick<Live, 'aid' | 'exec'>): Promise<string> => eventually(() => live.exec(join(project, 'program')), 60_000);
  await store.run(
    'make',
    ['-w', project, '--wait-for', `exec:test -e ${project}/part3.o`],
    ['sh', '-c', 'make -j2 program; exec sleep 1000'],
  );
  await store.ok('commit', 'make', 'middle');
  const clones = await store.clone('middle', '-n', '3');
  for (const word of ['snapshot', 'restore']) await store.ok(word, clones[0]?.aid ?? '');
  for (const aid of ['make', ...clones.map((clone) => clone.aid)]) {
    const exec = async (...words: string[]): Promise<string> => (await store.ok('exec', aid, '--', ...words)).trim();
    t.is(await built({ aid, exec }), '276');
    t.regex(await exec('make', '-C', project, '-q', 'program').then(() => 'up to date'), /up to date/);
  }
});
