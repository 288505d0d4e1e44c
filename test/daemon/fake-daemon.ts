// The daemon as it is, but for what it serves: started by the tests of start-up, as a program of its own.
import { runDaemon } from '../../src/daemon/main.ts';
import { fakeOperations } from './fake-operations.ts';

if (process.env['FAKE_DAEMON_FAILS']) {
  process.stderr.write('appshotd: the store is broken\n');
  process.exit(3);
}
process.exit(
  await runDaemon(async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, Number(process.env['FAKE_DAEMON_DELAY'] ?? 0));
    });
    return fakeOperations();
  }),
);
