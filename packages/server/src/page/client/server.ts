/** The key that requests carry, kept as long as the tab is open. */
export const key = {
  get: (): string => sessionStorage.getItem('key') ?? '',
  set: (value: string): void => sessionStorage.setItem('key', value),
};

export const headers = (): Record<string, string> => (key.get() === '' ? {} : { authorization: `Bearer ${key.get()}` });

/** Why a request was refused. */
export async function reason(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as { error?: { message: string } } | undefined;
  return body?.error?.message ?? `the server answered ${response.status}`;
}

/** @throws Error with the server's reason */
export async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: headers() });
  if (!response.ok) throw new Error(await reason(response));
  return (await response.json()) as T;
}

/** A picture of the server's as a data: URI; undefined where there is none. An element could not send the key. */
export async function getPicture(path: string): Promise<string | undefined> {
  const response = await fetch(path, { headers: headers() });
  return response.ok ? asDataUri(await response.blob()) : undefined;
}

export function asDataUri(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
