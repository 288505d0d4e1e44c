/** Allocates names one after the other, and prints each once it has it. Arguments: database, prefix, how many. */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../db/index.ts';
import { allocateAid, allocateNextAid } from '../../src/aid.ts';
import { AppshotError } from '../../src/errors.ts';

const [file = '', prefix = '', count = '0'] = process.argv.slice(2);
const db = openDatabase(file);
for (let i = 0; i < Number(count); i++) {
  writeSync(1, `${allocateNextAid(db, prefix)}\n`); // unbuffered: what was allocated is known even when this process is killed next
  try {
    writeSync(1, `${allocateAid(db, `fixed-${i}`)}\n`);
  } catch (error) {
    if (!(error instanceof AppshotError) || error.code !== 'exists') throw error;
  }
}
db.close();
