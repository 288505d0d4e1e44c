import type { ResourceRow } from '../../db/index.ts';
import { markName, type Image } from '../image/index.ts';

/** What a sealed image says of its own resources: their marks, and the texts of the rules that decided (FIG. 8). */
export function storedResources({ records }: Pick<Image, 'records'>): ResourceRow[] {
  const rules = new Map<string, string>();
  for (const record of records) if (record.kind === 'rule') rules.set(`${record.id} ${record.name}`, record.body);
  return records
    .filter((record) => record.kind !== 'rule')
    .map(({ kind, id, name, mark }) => ({
      type: kind,
      id,
      name,
      mark: markName(mark) ?? 'none',
      rule: rules.get(`${id} ${name}`) ?? null,
    }));
}
