/** Whether a machine can carry on what another one froze: the kernel's memory layout, and every CPU feature in use. */
import { AppshotError } from '../errors.ts';
import type { ImageHeader } from './structs.ts';

/** Of this machine, as the header has them of the other. */
export interface Machine {
  /** `uname -r` */
  readonly kernelRelease: string;
  /** Null where it isn't known: the restorer, which can ask the processor, refuses by itself before it makes anything. */
  readonly cpu: Cpu | null;
}
export interface Cpu {
  readonly vendor: string;
  /** As `image_header.cpu_features`: CPUID 1:ecx|edx, 7.0:ebx|ecx, 7.0:edx|7.1:eax, 0xd.0:ebx; the first of each pair in the low half. */
  readonly features: readonly bigint[];
  readonly xcr0: bigint;
}

export function thisMachine(kernelRelease: string, cpu: Cpu | null = null): Machine {
  return { kernelRelease, cpu };
}

/** Every reason why the image can't run here, in words; none when it can. */
export function mismatches(header: ImageHeader, { kernelRelease, cpu }: Machine): string[] {
  const found: string[] = [];
  if (header.kernelRelease !== kernelRelease)
    found.push(`it was made under kernel ${header.kernelRelease}, and this machine runs ${kernelRelease}`);
  if (cpu === null) return found;
  if (header.cpuVendor !== cpu.vendor) found.push(`it was made on a ${header.cpuVendor} processor, and this one is a ${cpu.vendor}`);
  const missing = missingFeatures(header.cpuFeatures, cpu.features);
  if (missing.length > 0) found.push(`this processor lacks ${missing.join(', ')}`);
  const components = header.xcr0 & ~cpu.xcr0;
  if (components !== 0n) found.push(`this machine hasn't the CPU state components 0x${components.toString(16)} enabled`);
  return found;
}

/** Throws AppshotError 'refused' with all the reasons. */
export function checkHeader(header: ImageHeader, machine: Machine): void {
  const found = mismatches(header, machine);
  if (found.length > 0)
    throw new AppshotError('refused', 'image', found.join('; '), 'use the machine that it was made on, or commit anew here');
}

const LEAVES = ['1:ecx', '1:edx', '7.0:ebx', '7.0:ecx', '7.0:edx', '7.1:eax'];
/** Names for the bits that programs are most often compiled for; others go by their number. */
const NAMES: Readonly<Record<string, string>> = {
  '1:ecx.0': 'sse3',
  '1:ecx.1': 'pclmulqdq',
  '1:ecx.9': 'ssse3',
  '1:ecx.12': 'fma',
  '1:ecx.19': 'sse4.1',
  '1:ecx.20': 'sse4.2',
  '1:ecx.22': 'movbe',
  '1:ecx.23': 'popcnt',
  '1:ecx.25': 'aes',
  '1:ecx.26': 'xsave',
  '1:ecx.28': 'avx',
  '1:ecx.29': 'f16c',
  '1:ecx.30': 'rdrand',
  '7.0:ebx.0': 'fsgsbase',
  '7.0:ebx.3': 'bmi1',
  '7.0:ebx.4': 'hle',
  '7.0:ebx.5': 'avx2',
  '7.0:ebx.8': 'bmi2',
  '7.0:ebx.9': 'erms',
  '7.0:ebx.11': 'rtm',
  '7.0:ebx.16': 'avx512f',
  '7.0:ebx.17': 'avx512dq',
  '7.0:ebx.18': 'rdseed',
  '7.0:ebx.19': 'adx',
  '7.0:ebx.29': 'sha',
  '7.0:ebx.30': 'avx512bw',
  '7.0:ebx.31': 'avx512vl',
  '7.0:ecx.3': 'pku',
  '7.0:ecx.8': 'gfni',
  '7.0:ecx.9': 'vaes',
  '7.0:ecx.10': 'vpclmulqdq',
  '7.0:edx.22': 'amx-bf16',
  '7.0:edx.24': 'amx-tile',
  '7.0:edx.25': 'amx-int8',
  '7.1:eax.4': 'avx-vnni',
  '7.1:eax.5': 'avx512-bf16',
};

/** The last word is a size, no set of features. */
function missingFeatures(wanted: readonly bigint[], present: readonly bigint[]): string[] {
  return LEAVES.flatMap((leaf, index) => {
    const shift = BigInt(index % 2 === 0 ? 0 : 32);
    const half = (words: readonly bigint[]): bigint => ((words[index >> 1] ?? 0n) >> shift) & 0xffffffffn;
    const missing = half(wanted) & ~half(present);
    return Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => ((missing >> BigInt(bit)) & 1n) === 1n)
      .map((bit) => NAMES[`${leaf}.${bit}`] ?? `CPUID ${leaf} bit ${bit}`);
  });
}
