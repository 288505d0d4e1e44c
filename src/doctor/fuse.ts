import { closeSync, existsSync, openSync } from 'node:fs';
import { systemWords } from '../system-error.ts';
import { bad, good, type Check } from './check.ts';

export const device: Check = () => {
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return good('/dev/fuse', 'can be opened for reading and writing');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      return bad(
        '/dev/fuse',
        "there is none: no instance's root can be mounted",
        'modprobe fuse; in a container, pass the device in (--device /dev/fuse)',
      );
    return bad('/dev/fuse', `can't be opened: ${systemWords(error)}`, 'chmod 666 /dev/fuse, as it is on most machines, or run as root');
  }
};

export const passthrough: Check = ({ kernel, capabilities }) => {
  if (!kernel.atLeast(6, 9))
    return bad(
      'FUSE passthrough',
      `kernel ${kernel.release} has none (6.9 has): reads and writes go through the view's process`,
      'use kernel 6.9 or later',
    );
  if (!capabilities.has('CAP_SYS_ADMIN'))
    return bad('FUSE passthrough', "needs CAP_SYS_ADMIN: reads and writes go through the view's process", 'run the daemon as root');
  return good('FUSE passthrough', "opened files are read and written at the underlying file system's speed");
};

/**
 * What the kernel hands over through a ring ends with the server that has it (Operation canceled, seen on 6.18), where a successor is told once more
 * what was read from /dev/fuse: a view outlives its server, so it is not asked for.
 */
export const uring: Check = () =>
  good(
    'FUSE over io_uring',
    'not used: a request in a ring would be lost with the server that is killed; requests are read from /dev/fuse',
  );

export const storeLibrary: Check = () => {
  const places = [
    '/lib/x86_64-linux-gnu/libfuse.so.2',
    '/usr/lib/x86_64-linux-gnu/libfuse.so.2',
    '/usr/lib64/libfuse.so.2',
    '/usr/lib/libfuse.so.2',
  ];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return good('libfuse2', `${found}: appshot mount works`);
  return bad('libfuse2', 'not installed: appshot mount (the store as a directory) needs it, instances do not', 'apt-get install libfuse2');
};
