import test from 'ava';
import fc from 'fast-check';
import { fits } from '../../src/rules/wildcard.ts';

/** The same meaning by another road. */
function expression(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|[^]/g, (token) =>
    token === '**' ? '[^]*' : token === '*' ? '[^/]*' : token === '?' ? '[^/]' : token.replace(/[\\^$.|+()[\]{}/-]/, '\\$&'),
  );
  return new RegExp(`^${source}$`);
}

test('a pattern fits what the same regular expression fits', (t) => {
  const text = (letters: string) => fc.string({ unit: fc.constantFrom(...Array.from(letters)), maxLength: 10 });
  fc.assert(
    fc.property(text('a/*?b.'), text('a/b.'), (pattern, name) => {
      t.is(fits(pattern, name), expression(pattern).test(name), `${pattern} ${name}`);
    }),
    { numRuns: 2000 },
  );
});

test('no pattern takes long', (t) => {
  const began = performance.now();
  t.false(fits('*a'.repeat(60) + 'b', 'a'.repeat(3000)));
  t.true(performance.now() - began < 2000);
});
