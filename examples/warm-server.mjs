// A server that takes its time to get warm: it builds an index in memory, then answers with who and where it is.
import { createServer } from 'node:http';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';

const started = Date.now();
const words = new Map();
for (let i = 0; i < 600_000; i++) words.set(`word-${i}`, (i * 2_654_435_761) % 4_294_967_296);
const home = process.env.DEMO_HOME ?? '/var/tmp/appshot-demo';
mkdirSync(home, { recursive: true });
appendFileSync(`${home}/visits`, 'warmed once\n');

let requests = 0;
createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  requests++;
  if (url.pathname === '/note') appendFileSync(`${home}/visits`, `${url.searchParams.get('text')}\n`);
  const word = url.searchParams.get('word') ?? 'word-1';
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      aid: process.env.APPSHOT_AID ?? null,
      pid: process.pid,
      requests,
      word: words.get(word) ?? null,
      warmedMs: warmed - started,
      visits: readFileSync(`${home}/visits`, 'utf8').trim().split('\n'),
    }),
  );
}).listen(8080, () => {
  console.log('listening on 8080');
});
const warmed = Date.now();
