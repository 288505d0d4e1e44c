#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';

// Node 22 and later keep compiled code between starts: beside the code, not in the temporary directory of whoever runs this.
(module as { enableCompileCache?: (directory: string) => void }).enableCompileCache?.(join(import.meta.dirname, '../compiled'));
const { main } = await import('../src/cli/main.ts');
process.exit(await main(process.argv.slice(2)));
