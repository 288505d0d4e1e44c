import { programs } from '../native/programs.ts';
import type { InstanceRow } from '../db/index.ts';
import { filesOf, findInstance, findRunning } from './instances.ts';
import { AppshotError } from './errors.ts';
import type { Store } from './store.ts';
import type { ExecPlan } from './types.ts';

/** How to run a command inside an instance, from any process of the caller's. */
export interface ExecRequest {
  readonly aid: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Throws 'not-found', 'gone' when it doesn't run, 'misuse' without a command. */
export function execPlan(store: Store, o: ExecRequest): ExecPlan {
  if (o.command.length === 0) throw new AppshotError('misuse', `exec ${o.aid}`, 'no command given', 'appshot exec AID -- CMD...');
  const known = findInstance(store, o.aid, 'exec');
  if (known.state === 'mounted') return mountedPlan(store, known, o);
  const row = findRunning(store, o.aid, `exec ${o.aid}`);
  return { program: programs.enter, args: [String(row.initPid), ...rest(row, o)] };
}

/** Without processes of its own, an instance's root gets namespaces for this one command. */
function mountedPlan(store: Store, row: InstanceRow, o: ExecRequest): ExecPlan {
  return { program: programs.enter, args: ['--root', filesOf(store, row).root, ...rest(row, o)] };
}

function rest(row: InstanceRow, o: ExecRequest): string[] {
  const env = { APPSHOT_AID: row.aid, APPSHOT_TEMPLATE: row.template ?? '', ...row.env, ...o.env };
  return ['-w', o.cwd ?? row.cwd, ...Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]), '--', ...o.command];
}
