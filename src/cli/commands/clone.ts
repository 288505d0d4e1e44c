import { defineCommand } from '../command.ts';
import { instanceOptions, readRules, variables, vprocMode, wholeNumber, type InstanceOptions } from '../instance-options.ts';
import { started } from '../listings.ts';
import { sayNotes } from '../notes.ts';
import { printList } from '../output.ts';

interface Options extends InstanceOptions {
  readonly count?: number;
}

export const command = defineCommand<Options>({
  examples: ['appshot clone warm', 'appshot clone warm -n 10 --json', 'appshot clone warm --aid blue -p 80:8080 -e COLOUR=blue'],
  define(command) {
    command.argument('<template>', 'template to make instances of');
    instanceOptions(command).option('-n, --count <count>', 'how many', wholeNumber(1));
  },
  async run(cli, { args: [template = ''], options }) {
    const { aid, count, publish, rules } = options;
    const what = `clone ${template}`;
    const rows = await cli.ops.clone({
      template,
      ...(aid === undefined ? {} : { aid }),
      ...(count === undefined ? {} : { count }),
      ...(publish.length === 0 ? {} : { ports: publish }),
      ...variables(options, cli.io.env),
      ...(rules === undefined ? {} : { rules: readRules(what, rules, cli.io) }),
      ...vprocMode(options.vproc, cli.io.env, what),
    });
    printList(cli, rows, started(cli.style));
    sayNotes(cli, rows, ({ aid }) => aid);
  },
});
