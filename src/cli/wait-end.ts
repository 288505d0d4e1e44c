import { AppshotError } from '../errors.ts';
import type { Cli } from './cli.ts';

const TRIES = 5;

/**
 * The exit code of an instance's main process, once it has ended. A daemon that dies meanwhile ends no instance: its
 * successor is asked again.
 */
export async function waitEnd(cli: Cli, aid: string): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return (await cli.ops.wait({ aid })).code;
    } catch (error) {
      if (!(error instanceof AppshotError) || error.code !== 'gone' || tries === TRIES) throw error;
    }
  }
}
