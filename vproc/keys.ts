/** SysV keys under the preload mechanism: the permutation of native/shared/id-keys.h, which the AID's salt chooses. */
const MASK = (1n << 64n) - 1n;

function scramble(salt: bigint, half: number, round: number): number {
  let x = salt ^ ((BigInt(half) << 8n) | BigInt(round));
  x = ((x ^ (x >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  x = ((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  return Number((x >> 40n) & 0xffffn);
}

function forward(salt: bigint, key: number): number {
  let [left, right] = [key >>> 16, key & 0xffff];
  for (let round = 0; round < 4; round++) [left, right] = [right, left ^ scramble(salt, right, round)];
  return (left << 16) | right | 0;
}

function backward(salt: bigint, key: number): number {
  let [left, right] = [key >>> 16, key & 0xffff];
  for (let round = 3; round >= 0; round--) [left, right] = [right ^ scramble(salt, left, round), left];
  return (left << 16) | right | 0;
}

/** The system's key for a virtual one; 0 (IPC_PRIVATE) is itself. */
export const keyToSystem = (salt: bigint, key: number): number => (key === 0 ? 0 : forward(salt, key) || forward(salt, 0));

/** The other way. */
export const keyToVirtual = (salt: bigint, key: number): number => (key === 0 ? 0 : backward(salt, key) || backward(salt, 0));
