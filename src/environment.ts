/** What an application finds in its environment, and which of it every clone gets anew. */
export interface PrimedEnvironment {
  /** The whole environment of the first process, `NAME=VALUE`. */
  readonly all: readonly string[];
  /** Those entries that differ from instance to instance; they stand in the AID's table. */
  readonly own: readonly string[];
}

export interface EnvironmentSource {
  readonly aid: string;
  readonly template: string;
  readonly generation: number;
  /** What the caller's own environment gives, lowest precedence. */
  readonly inherited: Readonly<Record<string, string>>;
  /** From SET ENV rules, evaluated for this AID. */
  readonly rules: readonly (readonly [name: string, value: string])[];
  /** From `-e`, highest precedence. */
  readonly extra: Readonly<Record<string, string>>;
}

/** FIG. 10: the harness primes the environment that the application inherits. */
export function primeEnvironment(source: EnvironmentSource): PrimedEnvironment {
  const own = new Map<string, string>([
    ...source.rules,
    ...Object.entries(source.extra),
    ['APPSHOT_AID', source.aid],
    ['APPSHOT_TEMPLATE', source.template],
    ['APPSHOT_GENERATION', String(source.generation)],
  ]);
  const all = new Map<string, string>([...Object.entries(defaults), ...Object.entries(source.inherited), ...own]);
  for (const name of dropped) if (!own.has(name)) all.delete(name);
  return { all: lines(all), own: lines(own) };
}

const lines = (map: ReadonlyMap<string, string>): string[] => [...map].map(([name, value]) => `${name}=${value}`);

const defaults = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };

/** Speak of the caller's side: its store, its loader, its terminal, its service manager. */
const dropped = ['APPSHOT_HOME', 'APPSHOT_VPROC', 'LD_PRELOAD', 'NOTIFY_SOCKET', 'LISTEN_FDS', 'LISTEN_PID', 'OLDPWD', '_'];
