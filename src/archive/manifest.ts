/** What stands first in an archive: all that a store must know of a template, checked before anything is made of it. */
import * as v from 'valibot';
import { AppshotError } from '../errors.ts';
import { isSound } from './extents.ts';
import { MARKS } from './marks.ts';

export const FORMAT = 'appshot-template';
export const VERSION = 1;
export const MANIFEST_NAME = 'appshot.json';
export const DIGESTS_NAME = 'digests.json';
/** A manifest lists every extent of memory, and is held in memory whole. */
export const MAX_MANIFEST = 256 << 20;

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.uuid());
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]+$/));
const strings = v.array(v.string());
/** Of a layer: never absolute, never upwards. */
const layerPath = v.pipe(
  v.string(),
  v.check((path) => path !== '' && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')),
);

const template = v.strictObject({
  name: v.string(),
  kind: v.picklist(['root', 'running']),
  rules: v.nullable(v.string()),
  env: v.record(v.string(), v.string()),
  command: strings,
  cwd: v.string(),
  main: v.nullable(size),
  vproc: v.picklist(['namespace', 'preload']),
  generation: size,
  notes: strings,
});
const layer = v.variant('kind', [
  v.strictObject({
    kind: v.literal('private'),
    id,
    /** Bytes of its tar. */
    size,
    sockets: v.array(v.strictObject({ path: layerPath, mode: size, uid: size, gid: size, mtime: v.pipe(v.string(), v.regex(/^-?\d+$/)) })),
    literals: v.array(layerPath),
  }),
  /** A live directory of the machine: not in the archive. */
  v.strictObject({ kind: v.literal('host'), path: v.pipe(v.string(), v.startsWith('/')) }),
]);
const image = v.strictObject({
  id,
  /** Images that its memory refers to; they stand before it. */
  parents: v.array(id),
  /** Bytes of its records. */
  records: size,
  pages: v.pipe(
    v.strictObject({ size, extents: v.array(v.strictTuple([size, size])) }),
    v.check((pages) => isSound(pages), 'extents out of order'),
  ),
});
const needs = v.strictObject({
  kernel: v.string(),
  cpuVendor: v.string(),
  cpuFeatures: v.array(hex),
  /** Files of the machine that its processes have mapped: they must be the same where it is to run. */
  hostFiles: v.array(v.strictObject({ path: v.pipe(v.string(), v.startsWith('/')), size, sha256: hex })),
});
const manifest = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  created: v.string(),
  /** Where its layers have their marks; archives of older versions are all of root's stores. */
  marks: v.optional(v.picklist(['trusted', 'user']), 'trusted'),
  template,
  /** Top first. */
  layers: v.pipe(v.array(layer), v.minLength(1)),
  /** Parents first; a running template's own is the last. */
  images: v.array(image),
  /** Versions of the preload library that its processes have mapped. */
  libraries: v.array(v.strictObject({ name: v.pipe(v.string(), v.regex(/^libappshot-[0-9a-f]{16}\.so$/)), size })),
  needs: v.nullable(needs),
});

export type Manifest = v.InferOutput<typeof manifest>;
export type ManifestLayer = Manifest['layers'][number];
export type PrivateLayer = Extract<ManifestLayer, { kind: 'private' }>;
export type ManifestImage = Manifest['images'][number];
export type HostFile = NonNullable<Manifest['needs']>['hostFiles'][number];

/** Throws AppshotError 'corrupt', or 'unsupported' for a format to come. */
export function parseManifest(bytes: Buffer, what: string): Manifest {
  const value = parseJson(bytes, what) as { format?: unknown; version?: unknown } | null;
  if (value?.format !== FORMAT) throw new AppshotError('corrupt', what, 'it is no archive of a template');
  if (typeof value.version !== 'number') throw damaged(what, 'the manifest says no version');
  if (value.version !== VERSION)
    throw new AppshotError('unsupported', what, `it is of version ${value.version}, and this program reads version ${VERSION}`);
  const checked = v.safeParse(manifest, value, { abortEarly: true });
  if (!checked.success) throw damaged(what, inWords(checked.issues[0]));
  const fault = contradiction(checked.output);
  if (fault !== null) throw damaged(what, fault);
  checkMarks(checked.output, what);
  return checked.output;
}

const inWords = (issue: v.BaseIssue<unknown>): string =>
  `${v.getDotPath(issue) ?? 'manifest'}: ${issue.received === 'undefined' ? 'it is missing' : issue.message}`;

/** Layers with the other kind of marks, and with owners that a user can't give them, would show what they should hide. */
function checkMarks({ marks, layers }: Manifest, what: string): void {
  if (marks === MARKS || !layers.some(({ kind }) => kind === 'private')) return;
  const [made, store] = marks === 'user' ? ['a user', "root's"] : ['root', "a user's"];
  const next = 'import it where it comes from, or its files alone (export --layer oci)';
  throw new AppshotError('unsupported', what, `its layers were made by ${made}, and this store is ${store}`, next);
}

/** What each part alone can't show. */
function contradiction({ template: { kind }, images, layers, needs }: Manifest): string | null {
  const running = kind === 'running';
  if (running !== images.length > 0 || running !== (needs !== null)) return 'a running template has an image, and no other has one';
  const before = new Set<string>();
  for (const { id: each, parents } of images) {
    if (before.has(each) || parents.some((parent) => !before.has(parent))) return `image ${each} stands before what it stands on, or twice`;
    before.add(each);
  }
  const ids = layers.flatMap((each) => (each.kind === 'private' ? [each.id] : []));
  return new Set(ids).size === ids.length ? null : 'a layer stands in it twice';
}

/** SHA-256 of each member by its name: the last member, so that an archive that was cut short has none. */
export function parseDigests(bytes: Buffer, what: string): ReadonlyMap<string, string> {
  const checked = v.safeParse(v.record(v.string(), hex), parseJson(bytes, what));
  if (!checked.success) throw damaged(what, 'its digests are not a list of digests');
  return new Map(Object.entries(checked.output));
}

function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw damaged(what, 'its manifest is no JSON');
  }
}

export const damaged = (what: string, why: string): AppshotError =>
  new AppshotError('corrupt', what, why, 'export it again; nothing was brought in');

export const recordsMember = (image: string): string => `images/${image}/records`;
export const pagesMember = (image: string): string => `images/${image}/pages`;
export const libraryMember = (name: string): string => `lib/${name}`;
export const layerMember = (layer: string): string => `layers/${layer}.tar`;
