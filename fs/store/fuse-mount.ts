import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { FuseOperations } from './operations.ts';

const require = createRequire(import.meta.url);

interface FuseNative {
  mount(done: (error: Error | null) => void): void;
}
type FuseNativeClass = new (path: string, operations: FuseOperations, options: object) => FuseNative;

/**
 * fuse-native, whose binding wants libfuse.so.2: the system's where it has one, else the copy that it brings itself. That copy is
 * found when it is loaded already; Node lets go of a library that is no addon, but for RTLD_NODELETE.
 */
function load(): FuseNativeClass {
  try {
    return require('fuse-native') as FuseNativeClass;
  } catch (first) {
    const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
    try {
      process.dlopen(
        { exports: {} },
        require.resolve('fuse-native/prebuilds/linux-x64/libfuse.so'),
        RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE,
      );
    } catch {
      /* no addon, as expected: whether it is loaded now is seen next */
    }
    try {
      return require('fuse-native') as FuseNativeClass;
    } catch {
      throw first;
    }
  }
}
const RTLD_NODELETE = 0x1000;

/** Mounts; resolves once the kernel has been answered. `name` tells the mount from others in /proc/self/mountinfo. */
export function mountFuse(path: string, operations: FuseOperations, name: string): Promise<void> {
  const Fuse = load();
  const fuse = new Fuse(path, operations, {
    // Options that it has no name for go with one that it has. Without hard_remove a removed file that is open would be renamed; without
    // big_writes every write is cut into 4 KiB.
    fsname: `${name},hard_remove,big_writes`,
    // Views stop at mounts of this type, so that none ever shows itself.
    subtype: 'appshot',
    defaultPermissions: true,
    // The mount goes with this process, however it ends.
    autoUnmount: true,
    // Sizes of what is made on the spot change from one look to the next.
    attrTimeout: '0',
    // A late answer would be written into memory that is no longer there.
    timeout: false,
  });
  return new Promise((resolve, reject) => {
    fuse.mount((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
