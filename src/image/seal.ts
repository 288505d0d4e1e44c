import { evaluate, type RuleContext, type RuleSet } from '../rules/index.ts';
import { classifyWith } from './classify.ts';
import { NO_DIGEST, sealHeader } from './digests.ts';
import type { RecordType } from './layout.ts';
import { parseImage, type Image } from './reader.ts';
import { appendRecords, patchMark, type NewRecord } from './writer.ts';

/** A resource of an image and what was decided about it. */
export interface MarkedResource {
  readonly type: RecordType;
  readonly id: number;
  readonly name: string;
  readonly mark: string;
  readonly rule: string | null;
}
export interface SealedRecords {
  /** The records file as it is to be written: a little longer where rules decided, as their texts are recorded in it. */
  readonly bytes: Buffer;
  readonly image: Image;
  readonly resources: readonly MarkedResource[];
}

/**
 * Makes a records file that the dumper wrote into a template's: every resource gets its mark, every rule that decided is recorded
 * with the resource (FIG. 8, step 362), and the digests are filled in, but that of the pages, which is made later. Pure; the input is left as it is.
 * Throws AppshotError 'corrupt' when the dumper's records can't be right.
 */
export function sealRecords(written: Buffer, rules: RuleSet, context: RuleContext): SealedRecords {
  const image = parseImage(written);
  const { variables } = evaluate(rules, context);
  const marked = Buffer.from(written);
  const texts: NewRecord[] = [];
  const resources = image.records.map((record): MarkedResource => {
    const { mark, rule } = classifyWith(record, rules, variables);
    patchMark(marked, record.offset, mark);
    if (rule !== null) texts.push({ kind: 'rule', id: record.id, name: record.nameBytes, body: rule });
    return { type: record.kind, id: record.id, name: record.name, mark, rule };
  });
  const bytes = appendRecords(marked, image.header, texts);
  sealHeader(bytes, NO_DIGEST);
  return { bytes, image, resources };
}
