import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own: ext4 makes whoever comes next pay for what others on it deleted shortly before. */
export class FsStore {
  readonly at: string;
  readonly home = mkdtempSync(join(tmpdir(), 'appshot-bench-fs-'));

  constructor() {
    this.at = join(this.home, 'store');
    const image = join(this.home, 'image');
    mkdirSync(this.at);
    execFileSync('truncate', ['-s', '16G', image]);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
    execFileSync('mount', ['-o', 'loop', image, this.at]);
  }

  close(): void {
    // The server's last descriptors may be closing yet.
    execFileSync('umount', ['-l', this.at]);
    rmSync(this.home, { recursive: true });
  }
}
