import test from 'ava';
import { TestStore } from '../support/store.ts';

const store = new TestStore();
test.after.always(() => store.close());

/** Ends the application, sees that it has ended, and stays for as long as the argument says. */
const ending = (pid: number, seconds: number): string => `
import os, sys, time
os.kill(${pid}, 9)
try:
  while True: os.kill(${pid}, 0)
except ProcessLookupError: time.sleep(${seconds})
print('ended it', flush=True)
os._exit(3)`;

async function startSleeper(aid: string, mechanism: string): Promise<number> {
  await store.run(aid, ['--vproc', mechanism], ['sleep', '600']);
  const rows = await store.json<{ aid: string; pids: { virtual: number }[] }>('ps');
  return rows.find((row) => row.aid === aid)?.pids[0]?.virtual ?? 0;
}

for (const mechanism of ['namespace', 'preload']) {
  test.serial(`a command that ends the application is let end by itself, ${mechanism}`, async (t) => {
    const pid = await startSleeper(`one-${mechanism}`, mechanism);
    const { code, stdout } = await store.appshot(['exec', `one-${mechanism}`, '--', 'python3', '-c', ending(pid, 0.2)]);
    t.deepEqual([code, stdout], [3, 'ended it\n']);
  });

  test.serial(`a command that stays when the application has ended is ended, ${mechanism}`, async (t) => {
    const pid = await startSleeper(`two-${mechanism}`, mechanism);
    const { code, stdout } = await store.appshot(['exec', `two-${mechanism}`, '--', 'python3', '-c', ending(pid, 600)]);
    t.deepEqual([code, stdout], [137, '']);
  });
}
