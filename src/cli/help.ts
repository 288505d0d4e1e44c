import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../native/programs.ts';
import { registry } from './registry.ts';

const EXAMPLES = `Examples:
  appshot run -d --aid web --wait-for port:8080 -- node server.js
  appshot commit web warm
  appshot clone warm -n 5
  appshot ps
  appshot destroy web warm-1
`;

/** What `appshot --help` prints; with a family's first word (`rules`), its commands alone. */
export function overview(family: string): string {
  const names = Object.keys(registry);
  const some = names.filter((name) => name.startsWith(`${family} `));
  const shown = some.length > 0 ? some : names;
  const width = Math.max(...shown.map((name) => name.length));
  const commands = shown.map((name) => `  ${name.padEnd(width)}  ${registry[name]?.summary ?? ''}\n`).join('');
  const usage = `Usage: appshot ${some.length > 0 ? `${family} ` : ''}COMMAND [options]`;
  const everywhere = '--json  -q, --quiet  --debug  --no-input  -h, --help  -V, --version';
  return `${some.length > 0 ? '' : `${EXAMPLES}\n`}${usage}\n\nCommands:\n${commands}\nEverywhere: ${everywhere}\n`;
}

export function version(): string {
  return (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version;
}
