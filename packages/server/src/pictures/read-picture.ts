import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ApiError } from '../api/api-error';
import type { PicturePlace } from '../api/conversation';
import type { AllowedPlaces } from './allowed-places';

const PATIENCE_MS = 10_000;
const DATA = /^data:image\/[a-z0-9.+-]+;base64,/i;

/** The bytes of a picture, as its URL gives them. @throws ApiError 400 or 413 */
export async function readPicture(
  { url, param }: PicturePlace,
  { most, places, signal }: { most: number; places: AllowedPlaces; signal: AbortSignal },
): Promise<Uint8Array> {
  const refuse = (status: number, message: string): never => {
    throw new ApiError(status, message, { param });
  };
  const head = DATA.exec(url.slice(0, 100))?.[0];
  if (head !== undefined) return fromBase64(url.slice(head.length), most, refuse);
  if (url.startsWith('data:')) refuse(400, 'a data: URI must be data:image/TYPE;base64,…');
  const place = URL.canParse(url) ? new URL(url) : undefined;
  if (!place) return refuse(400, `no URL of a picture: ${url.slice(0, 60)}`);
  if (!places.allows(place))
    refuse(400, `pictures from ${place.protocol}//${place.host} are not fetched here: send them as data: URIs`);
  if (place.protocol === 'file:') return ofFile(place, most, refuse);
  return fetched(place, most, signal, refuse);
}

type Refuse = (status: number, message: string) => never;

function fromBase64(text: string, most: number, refuse: Refuse): Uint8Array {
  if (text.length * 0.75 > most + 3) refuse(413, `the picture has more than ${most} bytes`);
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) refuse(400, 'the picture is no base64');
  return Buffer.from(text, 'base64');
}

/** A file as it is; anything else that has a path (a folder, a pipe) is refused before it is opened. */
async function ofFile(place: URL, most: number, refuse: Refuse): Promise<Uint8Array> {
  const path = fileURLToPath(place);
  try {
    const about = await stat(path);
    if (!about.isFile()) refuse(400, `${place.href} is no file`);
    if (about.size > most) refuse(413, `the picture has more than ${most} bytes`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    return refuse(400, `${place.href} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Follows no redirect: it would lead out of the places that are allowed. */
async function fetched(place: URL, most: number, signal: AbortSignal, refuse: Refuse): Promise<Uint8Array> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const parts: Uint8Array[] = [];
  try {
    const response = await fetch(place, { redirect: 'error', signal: patience });
    if (!response.ok || !response.body) return refuse(400, `${place.href} answered ${response.status}`);
    let size = 0;
    for await (const part of response.body) {
      size += part.length;
      if (size > most) refuse(413, `the picture has more than ${most} bytes`);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    refuse(400, `${place.href} could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
  }
  return Buffer.concat(parts);
}
