export interface Style {
  readonly on: boolean;
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}

/** Colour on a terminal alone, and only where the environment doesn't refuse it. */
export function makeStyle(env: NodeJS.ProcessEnv, terminal: boolean): Style {
  const on = terminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const paint = (code: number) => (text: string) => (on ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { on, good: paint(32), bad: paint(31), dim: paint(2) };
}
