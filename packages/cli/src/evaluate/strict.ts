import { fail } from '@moslora/specs';
import type { AskOptions } from './ask-rows';

/** Stops at the first row that fails; what was answered with it is kept. @throws UserError naming the row */
export function strictly(add: AskOptions['add'], benchmark: string): AskOptions['add'] {
  return (rows) => {
    const good = rows.filter((row) => 'answer' in row);
    if (good.length > 0) add(good);
    for (const row of rows) {
      if (!('failed' in row)) continue;
      fail({
        what: 'a row could not be asked',
        where: `${benchmark}, index ${row.key}`,
        got: row.failed,
        fix: 'mend it and run the same command again: it goes on here; without --strict such rows count as misses',
      });
    }
  };
}
