import { createConnection } from 'node:net';
import type { InstanceFiles } from './instance-files.ts';

/** Lets go of the sockets that were kept for a suspended instance: their peers find them closed. Nobody there is no error. */
export function releaseKept(files: Pick<InstanceFiles, 'kept'>): Promise<void> {
  return new Promise((resolve) => {
    const holder = createConnection(files.kept);
    holder.on('error', () => undefined);
    holder.on('close', () => {
      resolve();
    });
    holder.resume(); // descriptors that come along are closed by the kernel
    holder.write('T');
  });
}
