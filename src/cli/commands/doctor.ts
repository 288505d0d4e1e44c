import type { DoctorRow } from '../../types.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { printable } from '../format.ts';
import type { Style } from '../style.ts';

/** Runs here, where the answer is to be had even when the daemon can't start. */
export const command = defineCommand({
  examples: ['appshot doctor', 'appshot doctor --json'],
  define: (command) => {
    command.addHelpText(
      'after',
      '\n-q prints the names of the checks that failed. Exit 1: something that every instance needs is missing.',
    );
  },
  async run(cli) {
    const { examine, isEssential } = await import('../../doctor/index.ts');
    const rows = [...(await examine(cli.paths, cli.io.env)), await daemonRow(cli)];
    for (const row of rows) {
      if (cli.json) cli.print(JSON.stringify(row));
      else if (!cli.quiet) show(cli, row, Math.max(...rows.map(({ check }) => check.length)));
      else if (!row.ok) cli.print(row.check);
    }
    return rows.some((row) => !row.ok && isEssential(row.check)) ? 1 : 0;
  },
});

function show(cli: Cli, { check, ok, detail, remedy }: DoctorRow, width: number): void {
  const { style } = cli;
  cli.print(`${mark(style, ok)}  ${check.padEnd(width)}  ${printable(detail)}`);
  if (remedy !== null) cli.print(`${' '.repeat(4 + width + 2)}${style.dim(`-> ${printable(remedy)}`)}`);
}

const mark = (style: Style, ok: boolean): string => (ok ? style.good('ok') : style.bad('no'));

async function daemonRow(cli: Cli): Promise<DoctorRow> {
  try {
    const { version, pid } = await cli.ops.hello({});
    return { check: 'daemon', ok: true, detail: `version ${version} answers, pid ${pid}`, remedy: null };
  } catch (error) {
    return { check: 'daemon', ok: false, detail: error instanceof Error ? error.message : String(error), remedy: `read ${cli.paths.log}` };
  }
}
