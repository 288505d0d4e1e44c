import type { Backend, InstanceFacts, TemplateFacts } from '../fs/store/backend.ts';
import { AppshotError } from './errors.ts';
import { parseRules, RulesError } from './rules/index.ts';
import type { Operations, TemplateSummary } from './types.ts';

/** The mounted store's view of the daemon. */
export function storeBackend(operations: Operations, log: (message: string) => void): Backend {
  const edit = async (template: string, edit: Parameters<Operations['editTemplate']>[0]['edit']): Promise<void> => {
    await operations.editTemplate({ template, edit });
  };
  return {
    templates: async () => (await operations.ls({})) as TemplateSummary[],
    template: async (template) => (await operations.describeTemplate({ template })) as TemplateFacts,
    instances: () => operations.ps({ all: true }),
    instance: async (name) => {
      const facts = (await operations.inspect({ name })) as Partial<InstanceFacts>;
      // A template of that name is no instance.
      if (facts.aid === undefined) throw new AppshotError('not-found', name, 'there is no such instance');
      return facts as InstanceFacts;
    },
    ids: (aid) => operations.ids({ aid }),
    checkRemovable: (template) => edit(template, { kind: 'removable' }),
    remove: async (template) => {
      await operations.rm({ templates: [template] });
    },
    rename: async (from, to) => {
      await operations.mv({ from, to });
    },
    createOpen: (template) => edit(template, { kind: 'create' }),
    seal: (template) => edit(template, { kind: 'seal' }),
    setRules: (template, text) => {
      checkRules(text);
      return edit(template, { kind: 'rules', text });
    },
    log,
  };
}

/** Throws 'misuse' with every mistake, a line each, as `rules check` prints them. */
function checkRules(text: string): void {
  try {
    parseRules(text, 'rules');
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    throw Object.assign(new Error(error.lines().join('\n')), { code: error.code });
  }
}
