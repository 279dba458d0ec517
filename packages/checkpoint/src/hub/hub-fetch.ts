import type { HubSettings } from './hub-settings';

/**
 * `fetch` for the hub: the token goes along to the endpoint only (where it redirects elsewhere, fetch itself drops it), and the
 * signal stops every request.
 */
export function hubFetch({ endpoint, token }: HubSettings, signal?: AbortSignal): typeof fetch {
  const origin = new URL(endpoint).origin;
  return (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    headers.set('User-Agent', 'moslora');
    if (token !== undefined && url.origin === origin) headers.set('Authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers, ...(signal && { signal }) });
  };
}
