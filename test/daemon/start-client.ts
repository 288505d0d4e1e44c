// One client of the race: asks hello and prints the pid of the daemon that answered.
import { fileURLToPath } from 'node:url';
import { Client } from '../../src/daemon/client.ts';
import { storePaths } from '../../src/paths.ts';

const entry = fileURLToPath(new URL('./fake-daemon.js', import.meta.url));
const client = new Client({ paths: storePaths(), env: process.env, entry });
process.stdout.write(`${(await client.operations.hello({})).pid}\n`);
client.close();
