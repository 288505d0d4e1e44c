import test, { type ExecutionContext } from 'ava';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../native/programs.ts';
import { childrenOf } from './support/processes.ts';
import { eventually, TestStore } from './support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

/** Says each signal that it gets; a second one of a kind would be seen. */
const counting =
  'trap "echo INT" INT; trap "echo QUIT" QUIT; trap "echo USR1" USR1; trap "echo TERM; exit 9" TERM; echo up; while :; do sleep 0.02; done';

interface Running {
  readonly child: ChildProcess;
  said(): string;
  readonly ended: Promise<number | null>;
}

/** `exec` as the leader of a process group of its own. */
async function execIn(aid: string, words: readonly string[]): Promise<Running> {
  const child = spawn(join(projectRoot, 'bin/appshot'), ['exec', aid, '--', ...words], {
    env: { ...process.env, APPSHOT_HOME: store.home },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const running = { child, said: () => text, ended };
  await eventually(() => {
    if (!text.includes('up')) throw new Error('not yet');
  });
  return running;
}

const until = (running: Running, said: string): Promise<void> =>
  eventually(() => {
    if (running.said() !== said) throw new Error(`it said ${JSON.stringify(running.said())}`);
  });

async function bothWays(t: ExecutionContext, aid: string): Promise<void> {
  const running = await execIn(aid, ['sh', '-c', counting]);
  const pid = running.child.pid ?? 0;
  let said = 'up\n';
  for (const signal of ['INT', 'QUIT', 'USR1', 'INT'] as const) {
    process.kill(pid, `SIG${signal}`); // to the command that was typed alone
    await until(running, (said += `${signal}\n`));
  }
  for (const signal of ['INT', 'QUIT', 'INT'] as const) {
    process.kill(-pid, `SIG${signal}`); // to all in its group, as the terminal sends it
    await until(running, (said += `${signal}\n`));
    await new Promise((resolve) => setTimeout(resolve, 300)); // for one that comes twice
    t.is(running.said(), said);
  }
  process.kill(pid, 'SIGTERM');
  t.is(await running.ended, 9);
  t.is(running.said(), `${said}TERM\n`);
}

test.serial('a signal for the command that was typed reaches the one in the instance, once, also when its group got it', async (t) => {
  await store.run('web', [], ['sleep', '1000']);
  await bothWays(t, 'web');
});

test.serial('the same in a root without processes', async (t) => {
  await store.ok('create', 'files');
  await store.ok('clone', 'files', '--aid', 'box');
  await bothWays(t, 'box');
});

test.serial('a command that a signal ends is 128 and its number, and nothing of it is left', async (t) => {
  for (const [aid, signal, code] of [
    ['web', 'SIGINT', 130],
    ['web', 'SIGHUP', 129],
    ['box', 'SIGINT', 130],
    ['box', 'SIGTERM', 143],
  ] as const) {
    const running = await execIn(aid, ['sh', '-c', 'echo up; exec sleep 1000']);
    const [enter = 0] = childrenOf(running.child.pid ?? 0);
    process.kill(running.child.pid ?? 0, signal);
    t.is(await running.ended, code, `${aid} ${signal}`);
    t.deepEqual(childrenOf(enter), []);
  }
});

test.serial('what can not be executed is told in one line of appshot, as a shell tells it', async (t) => {
  for (const aid of ['web', 'box']) {
    t.deepEqual(await store.appshot(['exec', aid, '--', '/no/such']), {
      code: 127,
      stdout: '',
      stderr: "appshot: exec /no/such: no such file or directory in the instance's root; give a path that exists there\n",
    });
    t.deepEqual(await store.appshot(['exec', aid, '--', '/etc/passwd']), {
      code: 126,
      stdout: '',
      stderr: 'appshot: exec /etc/passwd: not an executable file\n',
    });
    t.deepEqual(await store.appshot(['exec', '-w', '/no/such', aid, '--', 'true']), {
      code: 125,
      stdout: '',
      stderr: 'appshot: exec true: working directory /no/such: No such file or directory\n',
    });
  }
});
