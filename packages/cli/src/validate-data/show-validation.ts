import type { Finding } from './finding';
import type { Validation } from './validate-stage';

/** All findings as a table, then what was looked at and how much was found. */
export function validationLines(
  { findings, parts, unread, samples, pictures, longest, seconds }: Validation,
  stage: string,
): string[] {
  const found = findings.map(({ severity, check, data, sample, problem }) => [
    severity,
    check,
    data,
    sample,
    detail(problem),
  ]);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const rate = Math.round((samples + pictures) / seconds);
  return [
    ...(found.length > 0 ? [...table([['', 'check', 'data', 'sample', 'what'], ...found], []), ''] : []),
    ...table(
      [
        ['data', 'use', 'rows', 'pictures', 'errors', 'warnings'],
        ...parts.map((part) => [part.data, part.use, part.rows, part.pictures, part.errors, part.warnings].map(String)),
      ],
      [2, 3, 4, 5],
    ),
    '',
    ...unread.map(({ data, reason }) => `benchmark ${data} was not looked at: ${reason}`),
    ...countLines(findings),
    `${stage}: ${errors} errors and ${findings.length - errors} warnings in ${samples} samples and ${pictures} pictures; the longest sample has ${longest} positions; ` +
      `${seconds.toFixed(1)} s, ${rate} samples and pictures a second`,
  ];
}

/** One line of a problem: what is wrong, what was found, and the file. */
function detail({ what, got, where }: Finding['problem']): string {
  const place = where === undefined || /^sample \S+$/.test(where) ? '' : ` (${where.replace(/, sample .*$/, '')})`;
  return `${what}${got === undefined ? '' : `: ${got}`}${place}`;
}

function countLines(findings: readonly Finding[]): string[] {
  const counts = new Map<string, number>();
  for (const { check, severity } of findings)
    counts.set(`${check} (${severity})`, (counts.get(`${check} (${severity})`) ?? 0) + 1);
  return [...counts].map(([check, count]) => `${count} ${check}`);
}

/** Rows in columns; the last is as long as it is. */
function table(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
