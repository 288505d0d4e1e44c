import test from 'ava';
import { Turns } from '../../native/turns.ts';

test('so many at once, and the others in the order in which they came', async (t) => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 5 }, (_, i) =>
    turns.take(async () => {
      begun.push(i);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (i === 1) throw new Error('failed');
      return i;
    }),
  );
  const settled = Promise.allSettled(all);
  t.deepEqual(begun, [0, 1]);
  ends[1]?.();
  await t.throwsAsync(async () => all[1]);
  t.deepEqual(begun, [0, 1, 2], 'one that fails makes room too');
  for (const i of [0, 2, 3, 4]) {
    ends[i]?.();
    await all[i];
  }
  t.deepEqual(begun, [0, 1, 2, 3, 4]);
  t.deepEqual(
    (await settled).map((each) => (each.status === 'fulfilled' ? each.value : 'failed')),
    [0, 'failed', 2, 3, 4],
  );
  t.is(await turns.take(() => Promise.resolve('free again')), 'free again');
});
