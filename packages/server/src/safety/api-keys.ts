import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fail } from '@moslora/specs';
import { ApiError } from '../api/api-error';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail({
      what: code === 'ENOENT' ? 'There is no file of keys here' : `The file of keys cannot be read (${code})`,
      where: path,
      expected: 'one key a line',
    });
  }
}

/** Keys that requests may carry. Only their digests are kept; all are compared, each in constant time. */
export class ApiKeys {
  private constructor(private readonly digests: readonly Buffer[]) {}

  /** One key a line; empty lines and those that begin with # are none. @throws UserError where there is none, or no such file */
  static fromFile(path: string): ApiKeys {
    const lines = read(path).split('\n');
    const keys = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
    if (keys.length === 0) fail({ what: 'There is no key in this file', where: path, expected: 'one key a line' });
    const short = keys.findIndex((key) => key.length < 16);
    if (short >= 0)
      fail({
        what: 'A key is too short to be one',
        where: `${path}, key ${short + 1}`,
        expected: '16 characters or more',
      });
    return new ApiKeys(keys.map(digest));
  }

  /** @throws ApiError 401 unless the header carries a known key */
  check(authorization: string | undefined): void {
    const given = digest(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1]?.trim() ?? '');
    const known = this.digests.reduce((found, each) => timingSafeEqual(each, given) || found, false);
    if (known) return;
    const message = authorization === undefined ? 'no API key was given' : 'this API key is not known here';
    throw new ApiError(401, `${message}: send "Authorization: Bearer KEY"`, {
      code: 'invalid_api_key',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}
