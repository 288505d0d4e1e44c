import { readFileSync } from 'node:fs';
import { threePhases } from './three-phases.ts';

/** Of the source, two clones, and a child of each. */
const HUGE_PAGES = 24;

threePhases('state/memory', [
  { program: 'dontneed-libc', twice: true },
  { program: 'dontneed-raw', twice: true },
  { program: 'dontneed-allocator' },
  { program: 'thread-stack-zeros' },
  { program: 'madv-free' },
  { program: 'madv-wipeonfork', sourceAway: true },
  { program: 'madvise-flags', twice: true },
  { program: 'mremap-grow', twice: true },
  { program: 'mremap-move' },
  { program: 'mremap-shrink' },
  { program: 'realloc-large' },
  { program: 'heap-growth', twice: true },
  { program: 'heap-256-mib' },
  { program: 'sparse-reservation', twice: true },
  { program: 'protections', twice: true },
  { program: 'many-mappings' },
  { program: 'stack-growth', twice: true },
  { program: 'locked-memory' },
  { program: 'shared-anonymous', twice: true },
  { program: 'file-private-mapping', twice: true },
  { program: 'file-shared-mapping' },
  { program: 'read-beside-write', twice: true },
  { program: 'memfd', twice: true },
  {
    program: 'huge-pages',
    lacks: freeHugePages() >= HUGE_PAGES ? null : `not ${String(HUGE_PAGES)} huge pages are free (vm.nr_hugepages)`,
  },
  { program: 'mapped-names' },
  { program: 'guard-pages', twice: true },
  { program: 'terabyte-reservation', twice: true },
  { program: 'ten-thousand-mappings' },
  { program: 'memory-everywhere', twice: true },
  { program: 'memfd-sealed', twice: true },
  { program: 'memfd-sealed-mapped', twice: true },
  { program: 'memfd-never-executed', twice: true },
  { program: 'memfd-private', twice: true },
  { program: 'growing-mapping' },
  { program: 'hidden-contents' },
  { program: 'generated-code', twice: true },
  { program: 'library-of-another', twice: true },
  { program: 'zero-device-mapping' },
  { program: 'files-like-objects', twice: true },
  { program: 'beyond-the-end' },
  { program: 'copied-by-fork', twice: true },
  { program: 'named-memory' },
  { program: 'locked-all' },
  { program: 'memory-policies', twice: true },
  { program: 'sealed-mapping' },
  { program: 'transparent-huge-pages' },
]);

function freeHugePages(): number {
  return Number(/^HugePages_Free:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
}
