import { threePhases } from './three-phases.ts';

threePhases('descriptors', [
  { program: 'pipes', twice: true },
  { program: 'pipe-packets' },
  { program: 'fifos' },
  { program: 'regular-files', twice: true },
  { program: 'removed-files', twice: true },
  { program: 'shared-descriptors', twice: true },
  { program: 'file-locks' },
  { program: 'special-files' },
  { program: 'epoll', twice: true },
  { program: 'eventfd' },
  { program: 'signalfd' },
  { program: 'inotify' },
  { program: 'async-owner' },
  { program: 'nameless-owner', twice: true },
]);
