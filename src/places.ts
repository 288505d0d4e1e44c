/** `TEMPLATE:PATH`, or a plain template or host path. */
export interface Place {
  readonly template: string | null;
  /** Of a template's: absolute, as it was written. */
  readonly path: string;
}

export function place(text: string): Place {
  const match = /^([a-z0-9][a-z0-9._-]{0,62}):(.*)$/s.exec(text);
  if (match === null) return { template: null, path: text };
  const [, template = '', path = ''] = match;
  return { template, path: path.startsWith('/') ? path : `/${path}` };
}

/** Whether a path says that it is a directory's content that is meant, as cp understands it. */
export const meansContent = (path: string): boolean => /(^|\/)\.$/.test(path);
