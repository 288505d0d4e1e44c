import test from 'ava';
import fc from 'fast-check';
import { callContext, withCallContext } from '../../src/call-context.ts';
import { LineSplitter, MAX_LINE } from '../../src/daemon/protocol.ts';

test('lines come out as they went in, however they were cut', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string().map((text) => text.replaceAll('\n', ' '))), fc.array(fc.nat(10)), (lines, cuts) => {
      const text = lines.map((line) => `${line}\n`).join('');
      const splitter = new LineSplitter();
      const found: string[] = [];
      let at = 0;
      for (const cut of cuts) {
        found.push(...splitter.push(text.slice(at, at + cut)));
        at += cut;
      }
      found.push(...splitter.push(text.slice(at)));
      t.deepEqual(found, lines);
    }),
  );
});

test('a line without an end is refused', (t) => {
  const splitter = new LineSplitter();
  const chunk = 'x'.repeat(MAX_LINE / 4);
  for (let parts = 0; parts < 4; parts++) splitter.push(chunk);
  t.throws(() => splitter.push('x'), { instanceOf: RangeError });
});

test('a call knows when it arrived, also after it has waited', async (t) => {
  const arrived = await withCallContext({ arrived: 42 }, async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    return callContext().arrived;
  });
  t.is(arrived, 42);
  t.true(performance.now() - callContext().arrived < 1000);
});
