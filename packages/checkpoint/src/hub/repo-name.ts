import { fail } from '@moslora/specs';

const part = '[A-Za-z0-9][A-Za-z0-9._-]{0,95}';
const namePattern = new RegExp(`^${part}(/${part})?$`);
const revisionPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;

/** The name of a model repository, as `owner/name`; an address on the hub is cut down to it. @throws UserError */
export function checkRepoName(text: string, endpoint: string): string {
  const name = text.startsWith(`${endpoint}/`) ? text.slice(endpoint.length + 1).replace(/\/(tree\/.*)?$/, '') : text;
  if (namePattern.test(name) && !name.includes('..') && !name.includes('--')) return name;
  return fail({
    what: 'This is no name of a model repository',
    where: 'REPO',
    got: text,
    expected: 'owner/name, such as llava-hf/llava-1.5-7b-hf',
  });
}

/** A branch, tag or commit. @throws UserError */
export function checkRevision(text: string): string {
  if (revisionPattern.test(text) && !text.includes('..') && !text.endsWith('/')) return text;
  return fail({
    what: 'This is no revision',
    where: '--revision',
    got: text,
    expected: 'a branch, a tag, or a commit of 40 digits',
  });
}
