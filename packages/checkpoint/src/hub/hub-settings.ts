import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '@moslora/specs';

/** Where models come from and where they are kept, as Hugging Face's own libraries read it from the environment. */
export interface HubSettings {
  /** HF_ENDPOINT, for mirrors; without a slash at the end. */
  endpoint: string;
  /** HF_TOKEN. Goes to the endpoint and nowhere else, and into no message. */
  token: string | undefined;
  /** HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub. */
  cacheDir: string;
  /** HF_HUB_OFFLINE: only what is in the cache. */
  offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const publicEndpoint = 'https://huggingface.co';

/** @throws UserError for an HF_ENDPOINT that is no address */
export function hubSettings(environment: Environment = process.env): HubSettings {
  const get = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const cache = get('XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  const home = get('HF_HOME') ?? join(cache, 'huggingface');
  return {
    endpoint: checkEndpoint(get('HF_ENDPOINT') ?? publicEndpoint),
    token: get('HF_TOKEN'),
    cacheDir: tilde(get('HF_HUB_CACHE') ?? get('HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub')),
    offline: /^(1|true|yes|on)$/i.test(get('HF_HUB_OFFLINE') ?? ''),
  };
}

function checkEndpoint(text: string): string {
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isAddress) return text.replace(/\/+$/, '');
  return fail({
    what: 'HF_ENDPOINT is no address',
    where: 'the environment',
    got: text,
    expected: `an address such as ${publicEndpoint}`,
  });
}

function tilde(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
