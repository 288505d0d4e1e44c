import type { Backend, TemplateFacts } from '../../fs/store/backend.ts';

export interface FakeBackend extends Backend {
  readonly all: Map<string, TemplateFacts>;
  readonly calls: string[];
  busy: boolean;
}

/** A daemon of one's own: templates in a map, every change written down. */
export function fakeBackend(directory: string): FakeBackend {
  const all = new Map<string, TemplateFacts>();
  const calls: string[] = [];
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const get = (name: string): TemplateFacts => all.get(name) ?? fail('not-found');
  const change = (name: string, facts: Partial<TemplateFacts>): void => {
    all.set(name, { ...get(name), ...facts });
  };
  const created = '2026-01-02T03:04:05.000Z';
  const backend: FakeBackend = {
    all,
    calls,
    busy: false,
    templates: async () => [...all.values()],
    template: async (name) => get(name),
    instances: async () => [{ aid: 'one', created }],
    instance: async (aid) => (aid === 'one' ? { aid, created, root: directory, rules: null } : fail('not-found')),
    ids: async () => [{ type: 'pid', virtual: 2, system: 1234, state: 'bound' }],
    checkRemovable: async () => {
      if (backend.busy) fail('busy');
    },
    remove: async (name) => {
      if (backend.busy) fail('busy');
      calls.push(`remove ${name}`);
      all.delete(name);
    },
    rename: async (from, to) => {
      calls.push(`rename ${from} ${to}`);
      all.set(to, { ...get(from), name: to });
      all.delete(from);
    },
    createOpen: async (name) => {
      if (!/^[a-z]+$/.test(name)) fail('misuse');
      calls.push(`create ${name}`);
      all.set(name, { name, created, rules: null, layers: [{ id: name, kind: 'private', path: directory, state: 'open' }], resources: [] });
    },
    seal: async (name) => {
      calls.push(`seal ${name}`);
      change(name, { layers: get(name).layers.map((layer) => ({ ...layer, state: 'sealed' })) });
    },
    setRules: async (name, text) => {
      if (text.includes('BAD')) throw Object.assign(new Error('rules:1:1: no rule'), { code: 'misuse' });
      change(name, { rules: { text } });
    },
    log: () => undefined,
  };
  return backend;
}
