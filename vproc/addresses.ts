/** IP addresses, as a table keeps them and as people write them. */
import { isIPv4, isIPv6 } from 'node:net';
import { AppshotError } from '../src/errors.ts';

export function ipv4Text(bytes: Buffer): string {
  return [...bytes.subarray(0, 4)].join('.');
}

/** In the canonical form: lower case, the longest run of zero groups as `::`. */
export function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** 16 bytes; IPv4 stands in the first four. Throws AppshotError 'misuse' when the text is no such address. */
export function addressBytes(family: 'ipv4' | 'ipv6', text: string): Buffer {
  const bytes = Buffer.alloc(16);
  if (family === 'ipv4') {
    if (!isIPv4(text)) throw new AppshotError('misuse', text, 'it is no IPv4 address');
    Buffer.from(text.split('.').map(Number)).copy(bytes);
    return bytes;
  }
  if (!isIPv6(text) || text.includes('%')) throw new AppshotError('misuse', text, 'it is no IPv6 address');
  const [front = '', back] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const words = (part: string): number[] =>
    part
      .split(':')
      .filter((group) => group !== '')
      .map((group) => parseInt(group, 16));
  words(front).forEach((word, i) => bytes.writeUInt16BE(word, i * 2));
  const tail = words(back ?? '');
  tail.forEach((word, i) => bytes.writeUInt16BE(word, 16 - (tail.length - i) * 2));
  return bytes;
}
