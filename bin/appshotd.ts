#!/usr/bin/env node
import { runDaemon } from '../src/daemon/main.ts';

process.exit(await runDaemon(async (paths, log) => (await import('../src/appshot.ts')).Appshot.open({ paths, log })));
