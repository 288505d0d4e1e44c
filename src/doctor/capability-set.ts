import { readFileSync } from 'node:fs';

/** Bits of linux/capability.h that something here depends on. */
const BITS = { CAP_SYS_PTRACE: 19n, CAP_SYS_ADMIN: 21n, CAP_SYS_RESOURCE: 24n, CAP_CHECKPOINT_RESTORE: 40n } as const;
export type CapabilityName = keyof typeof BITS;

export class Capabilities {
  readonly #effective: bigint;

  constructor(effective: bigint) {
    this.#effective = effective;
  }

  static ofThisProcess(): Capabilities {
    const [, hex] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return new Capabilities(BigInt(`0x${hex ?? '0'}`));
  }

  has(name: CapabilityName): boolean {
    return ((this.#effective >> BITS[name]) & 1n) === 1n;
  }
}
