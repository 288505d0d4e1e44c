#!/usr/bin/env node
import module from 'node:module';

// Node 22 and later keep compiled code between starts.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const { main } = await import('../src/cli/main.ts');
process.exit(await main(process.argv.slice(2)));
