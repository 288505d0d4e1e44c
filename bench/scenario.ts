/** An application to measure: how it is started, when it is ready, and what a right answer is. */
export interface Scenario {
  readonly name: string;
  readonly command: readonly string[];
  readonly port: number;
  readonly cwd?: string;
  /** Brings it into the state that is worth a template. */
  warm?(address: string): Promise<void>;
  /** Resolves when the first right answer has come; throws for a wrong one. */
  ask(address: string): Promise<void>;
  /** How it is started without Appshot for the cold start, listening on `port` of this machine; null: not measured. */
  cold?(port: number): { command: readonly string[]; cwd: string } | null;
  /** Extra time that a cold start needs before it has the data: loads it. */
  warmCold?(address: string): Promise<void>;
}

export interface Figures {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function figures(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0] ?? NaN, median: sorted[Math.floor(sorted.length / 2)] ?? NaN, max: sorted.at(-1) ?? NaN };
}

export const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : '-');
