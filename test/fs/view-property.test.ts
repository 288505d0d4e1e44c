import test from 'ava';
import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operation, Tree } from './file-operations.ts';
import { inodes, snapshot } from './snapshot.ts';
import { TestView } from './test-view.ts';

const RUNS = Number(process.env['APPSHOT_RUNS'] ?? 12);
const LIMIT_MS = Math.max(60_000, RUNS * 5000);

/** A view is to be as a plain directory is, whatever is done to it, and whatever happens below it in between. */
const step = fc.oneof(
  { weight: 20, arbitrary: operation },
  { weight: 1, arbitrary: fc.constantFrom('seal' as const, 'remount' as const, 'kill' as const) },
);
const oftenSealed = fc.oneof(
  { weight: 6, arbitrary: operation },
  { weight: 1, arbitrary: fc.constantFrom('seal' as const, 'seal' as const, 'remount' as const, 'kill' as const) },
);

for (const [passthrough, layers, steps] of [
  [true, 0, step],
  [false, 0, step],
  [true, 8, oftenSealed],
] as const) {
  const how = `${passthrough ? 'passed through' : 'the plain path'}${layers > 0 ? ', over many layers' : ''}`;
  test.serial(`a view is as a plain directory is, ${how}`, async (t) => {
    t.timeout(LIMIT_MS + 220_000);
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 90, size: 'max' }), async (sequence) => {
        const plain = mkdtempSync(join(tmpdir(), 'appshot-model-'));
        const view = await TestView.mount(passthrough);
        const trees = [new Tree(view.work), new Tree(plain)] as const;
        for (let layer = 0; layer < layers; layer++) await view.seal();
        try {
          for (const next of sequence) {
            if (typeof next === 'string') await disturb(view, trees, next);
            else same(trees[0].apply(next), trees[1].apply(next), next);
            same(snapshot(view.work, trees[0].tellsLinks), snapshot(plain, trees[0].tellsLinks), next);
          }
        } finally {
          for (const tree of trees) tree.closeAll();
          await view.close();
          rmSync(plain, { recursive: true });
        }
      }),
      { numRuns: RUNS, includeErrorInReport: true, interruptAfterTimeLimit: LIMIT_MS },
    );
    t.pass();
  });
}

async function disturb(view: TestView, trees: readonly Tree[], how: 'seal' | 'remount' | 'kill'): Promise<void> {
  const before = inodes(view.work);
  if (how === 'seal') {
    // Read-only descriptors of what becomes a layer's file don't see later changes of it, as in any overlay.
    for (const tree of trees) tree.closeReaders();
    await view.seal();
  } else if (how === 'kill') await view.kill();
  else {
    for (const tree of trees) {
      tree.closeAll();
      // Of a layer's file with several links, one mounted anew doesn't know which of them an upper has covered.
      tree.tellsLinks = false;
    }
    await view.remount();
  }
  same([...inodes(view.work)].toSorted(), [...before].toSorted(), `inode numbers after ${how}`);
}

function same(got: unknown, expected: unknown, after: unknown): void {
  const show = (value: unknown): string => JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
  if (show(got) !== show(expected)) throw new Error(`after ${show(after)}: ${show(got)} instead of ${show(expected)}`);
}
