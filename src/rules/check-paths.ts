/** What a path in a REDIR may be. Judged here once, so that everything after may trust it. */
import { components, hasVariables, type Pattern } from './pattern.ts';

/** These are the instance's own, mounted over the view, where no link of the view is ever seen. */
const OWN = ['/proc', '/sys', '/dev', '/.appshot'];

/** Why the path that is redirected can't be one, or null. */
export function faultOfSource(pattern: Pattern): string | null {
  if (hasVariables(pattern)) return 'the path that is redirected can hold no variable';
  const fault = faultOfPath(pattern);
  if (fault !== null) return fault;
  const path = tidyPath(pattern.text);
  if (path === '/') return '"/" itself can\'t be redirected';
  const own = OWN.find((parent) => isWithin(path, parent));
  return own === undefined ? null : `${own} is the instance's own and can't be redirected`;
}

/** Why the path can't be a target, or null. */
export function faultOfPath(pattern: Pattern): string | null {
  if (!pattern.text.startsWith('/')) return `"${pattern.text}" is not an absolute path`;
  if (pattern.parts.some((part) => 'text' in part && /[<>=\p{Cc}]/u.test(part.text)))
    return 'a path can hold no "<", ">", "=" or control character';
  if (components(pattern).some(({ text }) => text === '.' || text === '..')) return 'a path can hold no "." or ".." component';
  if (components(pattern).some(({ text }) => Buffer.byteLength(text) > 255)) return 'a component of a path is at most 255 bytes long';
  return Buffer.byteLength(pattern.text) > 4000 ? 'a path is at most 4000 bytes long' : null;
}

/** Without doubled and trailing slashes. */
export function tidyPath(path: string): string {
  return `/${path
    .split('/')
    .filter((component) => component !== '')
    .join('/')}`;
}

/** Whether `path` is `parent` or lies below it; both tidy. */
export function isWithin(path: string, parent: string): boolean {
  return path === parent || parent === '/' || path.startsWith(`${parent}/`);
}
