import type { z } from 'zod';
import { closestName, listNames } from './closest-name';
import type { Problem } from './problem';
import { isObject, knownKeys } from './schema-keys';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What {@link zodProblems} needs to know about the text that was checked. */
export interface Checked {
  value: unknown;
  schema: z.ZodType;
  /** Where a path stands: `file:line:column`, or an option's name. */
  where(path: Path, of: 'key' | 'value'): string;
}

/** Every issue of a failed check as a {@link Problem}: path, value found, what was expected, the key that was probably meant. */
export function zodProblems(issues: readonly Issue[], checked: Checked): Problem[] {
  return issues.flatMap((issue) => issueProblems(issue, [], checked));
}

function issueProblems(issue: Issue, prefix: Path, checked: Checked): Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, checked));
  if (issue.code === 'invalid_union') {
    const branch = bestBranch(issue.errors, valueAt(checked.value, path));
    if (branch && issue.discriminator === undefined)
      return branch.flatMap((inner) => issueProblems(inner, path, checked));
    return [unknownChoice(issue, path, checked)];
  }
  if (issue.code === 'invalid_key') {
    return [
      problem(
        `\`${spell(path)}\` is not a name that can stand here`,
        path,
        checked,
        { expected: issue.issues.map((i) => i.message).join('; ') },
        'key',
      ),
    ];
  }
  const found = valueAt(checked.value, path);
  if (issue.code === 'invalid_type' && found === undefined) {
    return [problem(`\`${spell(path)}\` is missing`, path, checked, { expected: issue.expected, got: undefined })];
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const near = typeof found === 'string' ? closestName(found, values) : undefined;
    return [
      problem(`\`${spell(path)}\` has an unknown value`, path, checked, {
        expected: values.length === 1 ? values[0] : `one of ${listNames(values)}`,
        fix: near === undefined ? undefined : `did you mean ${near}?`,
      }),
    ];
  }
  if (issue.code === 'custom') return [problem(issue.message, path, checked, issue.params ?? {})];
  return [problem(`\`${spell(path)}\` is not valid`, path, checked, { expected: expectation(issue) })];
}

function unknownKey(path: Path, key: string, checked: Checked): Problem {
  const known = knownKeys(checked.schema, path, checked.value);
  const near = closestName(key, known);
  return {
    what: `unknown key \`${key}\`${path.length > 0 ? ` in \`${spell(path)}\`` : ''}`,
    where: checked.where([...path, key], 'key'),
    got: format(valueAt(checked.value, [...path, key])),
    expected: known.length > 0 ? `one of ${listNames(known)}` : undefined,
    fix: near === undefined ? 'remove it, or correct its spelling' : `did you mean ${near}?`,
  };
}

function unknownChoice(issue: Issue & { code: 'invalid_union' }, path: Path, checked: Checked): Problem {
  const at =
    issue.discriminator === undefined
      ? path
      : path.at(-1) === issue.discriminator
        ? path
        : [...path, issue.discriminator];
  const found = valueAt(checked.value, at);
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const near = typeof found === 'string' ? closestName(found, options) : undefined;
  return problem(
    found === undefined ? `\`${spell(at)}\` is missing` : `\`${spell(at)}\` has an unknown value`,
    at,
    checked,
    {
      expected: options.length > 0 ? `one of ${listNames(options)}` : undefined,
      fix: near === undefined ? undefined : `did you mean ${near}?`,
    },
  );
}

/** Of a union's branches, the one that came nearest: for values of this form, whose keys are known, then with the fewest issues. */
function bestBranch(branches: readonly (readonly Issue[])[], found: unknown): readonly Issue[] | undefined {
  const ofAnotherForm = (issue: Issue): boolean =>
    issue.path.length === 0 && (issue.code === 'invalid_type' || (issue.code === 'invalid_value' && isObject(found)));
  const cost = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => sum + (ofAnotherForm(issue) ? 100 : issue.code === 'unrecognized_keys' ? 3 : 1), 0);
  return [...branches].sort((a, b) => cost(a) - cost(b))[0];
}

function problem(
  what: string,
  path: Path,
  checked: Checked,
  facts: Partial<Problem>,
  of: 'key' | 'value' = 'value',
): Problem {
  return { what, where: checked.where(path, of), got: format(valueAt(checked.value, path)), ...facts };
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'too_small')
    return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}`;
  if (issue.code === 'too_big')
    return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}`;
  return issue.message;
}

function unit(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

/** A path as a person writes it: `stages.align.data[0].split`. */
export function spell(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? at[key as string] : undefined), value);
}

function format(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
