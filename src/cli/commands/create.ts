import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import { readRules } from '../instance-options.ts';
import { templates } from '../listings.ts';
import { printOne } from '../output.ts';
import { withProgress } from '../progress.ts';

export const command = defineCommand<{ root?: string; rules?: string }>({
  examples: [
    'appshot create base',
    'appshot create alpine --root ./alpine-minirootfs.tar.gz',
    'appshot create app --root ./root --rules app.rules',
  ],
  define(command) {
    command
      .argument('<template>', 'name of the new template')
      .option('--root <dir|tar>', "its files; the host's / when none are named")
      .option('--rules <file>', 'its rules');
  },
  async run(cli, { args: [template = ''], options: { root, rules } }) {
    const what = `create ${template}`;
    const result = await withProgress(
      cli,
      what,
      cli.ops.create({
        template,
        ...(root === undefined ? {} : { root: resolve(cli.io.cwd, root) }),
        ...(rules === undefined ? {} : { rules: readRules(what, rules, cli.io) }),
      }),
    );
    printOne(cli, result, templates);
  },
});
