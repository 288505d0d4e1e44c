import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemWords } from '../system-error.ts';
import { bad, good, type Check } from './check.ts';

/** f_type of linux/magic.h, for the file systems that a store is likely to stand on. */
const NAMES: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x9123683e: 'btrfs',
  0x58465342: 'xfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs',
  0x2fc12fc1: 'zfs',
  0x6969: 'nfs',
  0xf2f52010: 'f2fs',
  0xca451a4e: 'bcachefs',
  0x65735546: 'fuse',
};
const LEAST_FREE = 1024 ** 3;

export const store: Check = async ({ paths }) => {
  try {
    await mkdir(paths.data, { recursive: true, mode: 0o700 });
    await rm(await mkdtemp(join(paths.data, 'doctor-')), { recursive: true });
    const { type } = await statfs(paths.data);
    const on = `${paths.data} on ${NAMES[type] ?? `file system 0x${type.toString(16)}`}`;
    return good(
      'store',
      NAMES[type] === 'overlayfs' ? `${on}: what instances write goes through the view's process; faster on a disk of its own` : on,
    );
  } catch (error) {
    return bad('store', `${paths.data}: ${systemWords(error)}`, 'set APPSHOT_HOME to a directory of your own');
  }
};

export const reflink: Check = async ({ paths }) => {
  let directory: string | null = null;
  try {
    directory = await mkdtemp(join(paths.data, 'doctor-'));
    await writeFile(join(directory, 'a'), Buffer.alloc(4096, 1));
    await copyFile(join(directory, 'a'), join(directory, 'b'), constants.COPYFILE_FICLONE_FORCE);
    return good('reflink', 'a file is copied without copying its data');
  } catch {
    return bad('reflink', 'none here: the first write to a large file of a template copies the file', 'put APPSHOT_HOME on btrfs or xfs');
  } finally {
    if (directory !== null) await rm(directory, { recursive: true, force: true });
  }
};

export const space: Check = async ({ paths }) => {
  try {
    const { bavail, bsize } = await statfs(paths.data);
    const free = bavail * bsize;
    const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free in ${paths.data}`;
    return free >= LEAST_FREE
      ? good('free disk', detail)
      : bad('free disk', detail, 'make room: an image takes as much as its application has memory');
  } catch (error) {
    return bad('free disk', `${paths.data}: ${systemWords(error)}`, 'set APPSHOT_HOME to a directory of your own');
  }
};
