/**
 * Whether a name fits a pattern: `*` is anything within one path component, `**` anything at all, `?` one character.
 * The time is at most the product of the lengths, whatever the pattern: a rule file can't make a commit hang.
 */
export function fits(pattern: string, name: string): boolean {
  let reached = new Set([0]);
  for (const token of tokens(pattern)) {
    reached = advance(token, name, reached);
    if (reached.size === 0) return false;
  }
  return reached.has(name.length);
}

function tokens(pattern: string): string[] {
  return pattern.match(/\*\*|[^]/g) ?? [];
}

/** All places in the name where matching may stand after the token. */
function advance(token: string, name: string, from: ReadonlySet<number>): Set<number> {
  const to = new Set<number>();
  for (const start of from) {
    if (token === '*' || token === '**') {
      for (let at = start; !to.has(at) && at <= name.length; at++) {
        to.add(at);
        if (token === '*' && name[at] === '/') break;
      }
    } else if (start < name.length && (token === name[start] || (token === '?' && name[start] !== '/'))) to.add(start + 1);
  }
  return to;
}
