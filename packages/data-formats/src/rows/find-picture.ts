import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageRef, Problem } from '@moslora/specs';
import { storePicture } from './picture-store';

/** A picture as a row gives it: found, or what is wrong. */
export type FoundPicture = { image: ImageRef } | { problem: Problem };

/**
 * A picture as rows name it: a path (relative ones start at `folder`), a file: or data: URI, bytes, a Hugging Face dataset's
 * `{ bytes, path }`, or a picture found already. Whether the file is there is not looked at.
 */
export function findPicture(value: unknown, folder: string): FoundPicture {
  if (value instanceof Uint8Array) return { image: storePicture(value) };
  if (typeof value === 'string') return fromText(value, folder);
  if (typeof value === 'object' && value !== null) {
    if ('slice' in value) return { image: value as ImageRef };
    const { bytes, path, url } = value as { bytes?: unknown; path?: unknown; url?: unknown };
    if (bytes instanceof Uint8Array) return { image: storePicture(bytes) };
    const named = path ?? url;
    if (typeof named === 'string') return fromText(named, folder);
  }
  return refuse(JSON.stringify(value)?.slice(0, 60) ?? 'nothing');
}

function fromText(text: string, folder: string): FoundPicture {
  const data = /^data:[^,]*?(;base64)?,/s.exec(text.slice(0, 200));
  if (data) {
    const body = text.slice(data[0].length);
    const bytes = data[1] ? Buffer.from(body, 'base64') : Buffer.from(decodeURIComponent(body), 'latin1');
    return bytes.length > 0 ? { image: storePicture(bytes) } : refuse(`${text.slice(0, 40)} (no bytes)`);
  }
  if (/^https?:/i.test(text)) {
    return {
      problem: {
        what: 'a picture is named by an address, and none are fetched',
        got: text.slice(0, 80),
        fix: 'download the pictures and name their files',
      },
    };
  }
  if (text === '') return refuse('an empty text');
  if (text.startsWith('file:')) return { image: { path: fileURLToPath(text) } };
  return { image: { path: isAbsolute(text) ? text : join(folder, text) } };
}

function refuse(got: string): FoundPicture {
  return {
    problem: {
      what: 'this is no picture',
      got,
      expected: 'a path, a data: URI, bytes, or an object with `bytes` or `path`',
    },
  };
}
