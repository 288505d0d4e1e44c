/** An instance as the database has it, and its way in and out of columns. */
import type { VprocMode } from '../src/types.ts';
import {
  flag, json, number, numberOrNull, oneOf, storedRules, stringList, stringMap, text, textOrNull, type StoredRules,
} from './columns.ts';
import type { Bindings, Columns, Value } from './sql.ts';

/** `starting`: being made; one that stays so was left half-made by a daemon that died. */
export type StoredState = 'starting' | 'running' | 'mounted' | 'suspended' | 'exited';

/** One instance. The read-only layers under its upper one: `layers.ofInstance`. */
export interface InstanceRow {
  readonly aid: string;
  readonly template: string | null;
  readonly state: StoredState;
  /** Of the main process (128+N for a signal), once it has exited. */
  readonly exitCode: number | null;
  /** Host pid of its init, null without processes; with the start time (clock ticks since boot) it can't be mistaken for a later one. */
  readonly initPid: number | null;
  readonly initStart: number | null;
  /** Virtual pid of the main process. */
  readonly mainPid: number | null;
  readonly vproc: VprocMode;
  /** ISO 8601. */
  readonly created: string;
  readonly command: readonly string[];
  /** What the caller gave with -e. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly rules: StoredRules | null;
  /** Host path of what is its standard input. */
  readonly stdin: string | null;
  /** Id of its private layer. */
  readonly upper: string;
  /** Destroy it when it ends. */
  readonly remove: boolean;
  readonly notes: readonly string[];
  readonly generation: number;
  /** The image that its processes were made of: their memory is mapped from it. */
  readonly base: string | null;
  /** The image of its last snapshot. */
  readonly image: string | null;
}

export const FIELDS: Readonly<Record<string, string>> = {
  aid: 'aid', template: 'template', state: 'state', exitCode: 'exit_code', initPid: 'init_pid', initStart: 'init_start', mainPid: 'main_pid',
  vproc: 'vproc', created: 'created', command: 'command', env: 'env', cwd: 'cwd', rulesText: 'rules_text', rulesFile: 'rules_file',
  stdin: 'stdin', upper: 'upper', remove: 'remove', notes: 'notes', generation: 'generation', base: 'base', image: 'image',
};

/** Only what is given. */
export function toBindings({ command, env, notes, remove, rules, ...plain }: Partial<InstanceRow>): Bindings {
  const bindings: Record<string, Value> = { ...plain };
  if (command !== undefined) bindings['command'] = json(command);
  if (env !== undefined) bindings['env'] = json(env);
  if (notes !== undefined) bindings['notes'] = json(notes);
  if (remove !== undefined) bindings['remove'] = remove ? 1 : 0;
  if (rules !== undefined) {
    bindings['rulesText'] = rules?.text ?? null;
    bindings['rulesFile'] = rules?.file ?? null;
  }
  return bindings;
}

export function toRow(row: Columns): InstanceRow {
  return {
    aid: text(row, 'aid'), template: textOrNull(row, 'template'),
    state: oneOf(['starting', 'running', 'mounted', 'suspended', 'exited'])(row, 'state'), exitCode: numberOrNull(row, 'exit_code'),
    initPid: numberOrNull(row, 'init_pid'), initStart: numberOrNull(row, 'init_start'), mainPid: numberOrNull(row, 'main_pid'),
    vproc: oneOf(['namespace', 'preload'])(row, 'vproc'), created: text(row, 'created'), command: stringList(row, 'command'),
    env: stringMap(row, 'env'), cwd: text(row, 'cwd'), rules: storedRules(row), stdin: textOrNull(row, 'stdin'), upper: text(row, 'upper'),
    remove: flag(row, 'remove'), notes: stringList(row, 'notes'), generation: number(row, 'generation'),
    base: textOrNull(row, 'base'), image: textOrNull(row, 'image'),
  };
}
