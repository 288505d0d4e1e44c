import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
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

const URING = '/sys/module/fuse/parameters/enable_uring';

export const uring: Check = ({ kernel }) => {
  if (!existsSync(URING))
    return bad(
      'FUSE over io_uring',
      `kernel ${kernel.release} has none: requests are read from /dev/fuse`,
      'use kernel 6.14 or later; nothing depends on it',
    );
  return /^[Y1]/.test(readFileSync(URING, 'utf8'))
    ? good('FUSE over io_uring', 'switched on')
    : bad('FUSE over io_uring', 'switched off: requests are read from /dev/fuse', `echo Y > ${URING}; nothing depends on it`);
};

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
