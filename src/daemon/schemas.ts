import { constants } from 'node:os';
import * as v from 'valibot';
import { NO_FILE } from '../no-file.ts';
import type { Operations } from '../types.ts';

/** What each operation accepts: checked once, at the door, so that nothing below has to doubt its argument. */
type Schemas = { readonly [K in keyof Operations]: v.GenericSchema<unknown, Parameters<Operations[K]>[0]> };

const text = v.pipe(
  v.string('must be text'),
  v.nonEmpty('must not be empty'),
  v.check((s) => !s.includes('\0'), 'must not hold a NUL'),
);
const name = v.pipe(text, v.maxLength(1024, 'is too long'));
const aid = v.pipe(
  v.string('must be text'),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'is no instance name: a-z, 0-9, then also . _ -, at most 63'),
);
const aids = v.pipe(v.array(aid, 'must be a list'), v.minLength(1, 'names no instance'));
const hostPath = v.pipe(text, v.startsWith('/', 'must be an absolute path'), v.maxLength(4096, 'is too long'));
const viewPath = hostPath;
const port = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 to 65535'),
  v.maxValue(65535, 'must be 1 to 65535'),
);
const ports = v.array(v.strictObject({ public: v.nullable(port), port }), 'must be a list');
const env = v.record(
  v.pipe(v.string(), v.regex(/^[^=\0]+$/, 'is no name of a variable')),
  v.pipe(
    v.string('must be text'),
    v.check((s) => !s.includes('\0'), 'must not hold a NUL'),
  ),
);
const command = v.pipe(
  v.array(
    v.pipe(
      v.string('must be text'),
      v.check((s) => !s.includes('\0'), 'must not hold a NUL'),
    ),
  ),
  v.minLength(1, 'names no command'),
);
const rules = v.strictObject({ text: v.string('must be text'), file: v.union([v.literal(NO_FILE), hostPath], 'must be an absolute path') });
const vproc = v.picklist(['namespace', 'preload'], 'must be namespace or preload');
const regex = v.pipe(
  text,
  v.check((s) => {
    try {
      new RegExp(s);
      return true;
    } catch {
      return false;
    }
  }, 'is no regular expression'),
);
const waitFor = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('port'), port }),
    v.strictObject({ kind: v.literal('log'), pattern: regex }),
    v.strictObject({ kind: v.literal('exec'), command: text }),
  ],
  'must be port, log or exec',
);
const signal = v.pipe(v.string('must be text'), v.check(isSignal, 'is no signal: a name such as SIGTERM, or 1 to 64'));
const edit = v.variant(
  'kind',
  [
    v.strictObject({ kind: v.literal('create') }),
    v.strictObject({ kind: v.literal('seal') }),
    v.strictObject({ kind: v.literal('rules'), text: v.string('must be text') }),
    v.strictObject({ kind: v.literal('removable') }),
  ],
  'must be create, seal, rules or removable',
);
const flag = v.boolean('must be true or false');
const nothing = v.strictObject({});

function isSignal(text: string): boolean {
  return /^\d+$/.test(text) ? Number(text) >= 1 && Number(text) <= 64 : text in constants.signals;
}

export const schemas: Schemas = {
  run: v.strictObject({
    command,
    aid: v.exactOptional(aid),
    from: v.exactOptional(name),
    rules: v.exactOptional(rules),
    ports: v.exactOptional(ports),
    env: v.exactOptional(env),
    inherit: v.exactOptional(env),
    cwd: v.exactOptional(viewPath),
    remove: v.exactOptional(flag),
    waitFor: v.exactOptional(waitFor),
    vproc: v.exactOptional(vproc),
    stdin: v.exactOptional(hostPath),
  }),
  ps: v.strictObject({ all: v.exactOptional(flag) }),
  exec: v.strictObject({ aid, command, env: v.exactOptional(env), cwd: v.exactOptional(viewPath) }),
  logs: v.strictObject({ aid }),
  wait: v.strictObject({ aid }),
  stop: v.strictObject({
    aids,
    seconds: v.exactOptional(v.pipe(v.number('must be a number'), v.minValue(0, 'must be 0 or more'), v.maxValue(1e6, 'is too long'))),
  }),
  kill: v.strictObject({ aids, signal: v.exactOptional(signal) }),
  destroy: v.strictObject({ aids }),
  snapshot: v.strictObject({ aid, keepRunning: v.exactOptional(flag) }),
  restore: v.strictObject({ aid, vproc: v.exactOptional(vproc) }),
  commit: v.strictObject({ aid, template: name, stop: v.exactOptional(flag) }),
  clone: v.strictObject({
    template: name,
    aid: v.exactOptional(aid),
    ports: v.exactOptional(ports),
    env: v.exactOptional(env),
    rules: v.exactOptional(rules),
    vproc: v.exactOptional(vproc),
    count: v.exactOptional(
      v.pipe(
        v.number('must be a number'),
        v.integer('must be a whole number'),
        v.minValue(1, 'must be 1 or more'),
        v.maxValue(10_000, 'must be at most 10000'),
      ),
    ),
  }),
  ids: v.strictObject({ aid }),
  ports: v.strictObject({ aid: v.exactOptional(aid) }),
  ls: v.strictObject({ target: v.exactOptional(name) }),
  create: v.strictObject({ template: name, root: v.exactOptional(hostPath), rules: v.exactOptional(rules) }),
  cp: v.strictObject({ from: text, to: text }),
  mv: v.strictObject({ from: name, to: name }),
  rm: v.strictObject({ templates: v.pipe(v.array(name, 'must be a list'), v.minLength(1, 'names no template')) }),
  inspect: v.strictObject({ name }),
  flatten: v.strictObject({ name }),
  accept: v.strictObject({ name }),
  diff: v.strictObject({ name, other: v.exactOptional(name) }),
  df: nothing,
  exportTemplate: v.strictObject({ template: name, file: hostPath, layer: v.exactOptional(v.literal('oci', 'must be oci')) }),
  importTemplate: v.strictObject({ file: hostPath, template: v.exactOptional(name) }),
  mount: v.strictObject({ directory: hostPath }),
  umount: v.strictObject({ directory: hostPath }),
  describeTemplate: v.strictObject({ template: name }),
  editTemplate: v.strictObject({ template: name, edit }),
  rulesExplain: v.strictObject({ name, type: text, value: v.string('must be text') }),
  doctor: nothing,
  hello: nothing,
  shutdown: nothing,
};
