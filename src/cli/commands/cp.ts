import { resolve } from 'node:path';
import { meansContent } from '../../places.ts';
import { defineCommand } from '../command.ts';
import { printNames } from '../output.ts';
import { withProgress } from '../progress.ts';

export const command = defineCommand({
  examples: ['appshot cp warm warm-backup', 'appshot cp ./conf warm:/etc/app', 'appshot cp warm:/var/log ./log'],
  define(command) {
    command.argument('<src>', 'TEMPLATE, TEMPLATE:PATH or DIR').argument('<dst>', 'TEMPLATE, TEMPLATE:PATH or DIR');
  },
  async run(cli, { args: [src = '', dst = ''] }) {
    const [from, to] = sides(src, dst, cli.io.cwd);
    printNames(cli, [await withProgress(cli, `cp ${src}`, cli.ops.cp({ from, to }))], () => dst);
  },
});

const inTemplate = (side: string): boolean => /^[^/.][^/:]*:/.test(side);

/** Against a TEMPLATE:PATH stands a directory of the host, which the daemon must be told by its whole path. */
function sides(src: string, dst: string, cwd: string): [from: string, to: string] {
  if (inTemplate(src) === inTemplate(dst)) return [src, dst];
  const whole = (path: string): string => `${resolve(cwd, path)}${meansContent(path) ? '/.' : ''}`;
  return inTemplate(src) ? [src, resolve(cwd, dst)] : [whole(src), dst];
}
