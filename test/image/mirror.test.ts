import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as layout from '../../src/image/layout.ts';
import * as structs from '../../src/image/structs.ts';
import type { Fields, Struct } from '../../src/struct.ts';
import * as tables from '../../vproc/table-structs.ts';
import { repositoryRoot } from './root.ts';

/** Described here for convenience, and not in the headers. */
const OUR_OWN = new Set(['itimerval', 'auxiliary', 'rlimit', 'message']);
/** Only its start is mirrored. */
const PARTIAL = new Set(['arena']);

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const described = ([...Object.values(structs), ...Object.values(tables)] as unknown[])
  .filter((value): value is Struct<Fields> => typeof value === 'object' && value !== null && 'placed' in value)
  .filter(({ tag }) => !OUR_OWN.has(tag));

/** Every fact as a line `name value`, as TypeScript has it. */
function expected(): [name: string, expression: string, value: bigint][] {
  const facts: [string, string, bigint][] = [];
  for (const { tag, size, placed } of described) {
    if (!PARTIAL.has(tag)) facts.push([`sizeof ${tag}`, `sizeof(struct ${tag})`, BigInt(size)]);
    for (const field of placed) {
      const name = snake(field.name);
      facts.push([`offset ${tag}.${name}`, `offsetof(struct ${tag}, ${name})`, BigInt(field.offset)]);
      facts.push([`size ${tag}.${name}`, `sizeof(((struct ${tag} *)0)->${name})`, BigInt(field.size)]);
    }
  }
  for (const [name, value] of Object.entries({ ...layout, ...tables }))
    if (/^[A-Z0-9_]+$/.test(name) && name !== 'FIRST_DESCRIPTION_TYPE' && (typeof value === 'number' || typeof value === 'bigint'))
      facts.push([name, name, BigInt(value)]);
  const names = (prefix: string, values: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(values)) facts.push([name, prefix + name.toUpperCase().replaceAll('-', '_'), BigInt(value)]);
  };
  names('RECORD_', layout.RECORD_TYPES);
  names('MARK_', layout.MARKS);
  names('TABLE_MODE_', tables.TABLE_MODE);
  names('ID_', tables.ID_TYPES);
  return facts;
}

test('the TypeScript mirrors are what a C compiler makes of the headers', (t) => {
  const facts = expected();
  const directory = mkdtempSync(join(tmpdir(), 'appshot-mirror-'));
  try {
    const source = join(directory, 'facts.c');
    const shared = join(repositoryRoot(), 'native', 'shared');
    writeFileSync(
      source,
      `#include <stddef.h>
#include <stdio.h>
${['image', 'table', 'arena'].map((name) => `#include "${join(shared, `${name}.h`)}"`).join('\n')}
int main(void) {
${facts.map(([, expression]) => `  printf("%llu\\n", (unsigned long long)(${expression}));`).join('\n')}
  printf("%s\\n", IMAGE_MAGIC);
  return 0;
}
`,
    );
    execFileSync('cc', ['-std=c11', '-Wall', '-Werror', '-o', join(directory, 'facts'), source], { stdio: 'pipe' });
    const lines = execFileSync(join(directory, 'facts'), { encoding: 'latin1' }).trimEnd().split('\n');
    facts.forEach(([name, , value], index) => {
      t.is(lines[index], String(value), name);
    });
    t.is(lines.at(-1), layout.IMAGE_MAGIC.toString('latin1'));
    t.true(facts.length > 350);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('no structure or record type of the image and the table is without its mirror', (t) => {
  const text = (name: string): string =>
    readFileSync(join(repositoryRoot(), 'native', 'shared', `${name}.h`), 'latin1').replace(/\/\*[^]*?\*\//g, '');
  const tags = new Set(described.map(({ tag }) => tag));
  for (const [, tag] of (text('image') + text('table')).matchAll(/struct (\w+) \{/g)) t.true(tags.has(tag ?? ''), tag);
  const known = new Set(Object.keys(layout.RECORD_TYPES).map((name) => `RECORD_${name.toUpperCase()}`));
  for (const [, name] of text('image').matchAll(/\b(RECORD_\w+) = /g)) t.true(known.has(name ?? ''), name);
});

test('docs/IMAGE.md has every structure with every field where it is, and every record type', (t) => {
  const lines = readFileSync(join(repositoryRoot(), 'docs', 'IMAGE.md'), 'utf8').split('\n');
  for (const { tag, size, placed } of described.filter((type) => /^(image_|record_)/.test(type.tag))) {
    const start = lines.indexOf(`#### struct ${tag}: ${size} bytes`);
    t.true(start >= 0, tag);
    const fields = lines.slice(start + 4, start + 4 + placed.length).map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    );
    t.deepEqual(
      fields,
      placed.map((field) => [String(field.offset), String(field.size), `\`${snake(field.name)}\``]),
      tag,
    );
  }
  for (const [name, number] of Object.entries(layout.RECORD_TYPES))
    t.true(
      lines.some((line) => line.startsWith(`| ${number} | ${name.toUpperCase()} |`)),
      name,
    );
});
