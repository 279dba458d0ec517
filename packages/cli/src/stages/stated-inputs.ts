/** What a stage's outcome depends on, each as a text under a name that a person knows: what changed can be told from two of them. */
export type StatedInputs = Record<string, string>;

/** What {@link statedInputs} takes: see `fingerprint`. */
export interface Inputs {
  config: object;
  /** Name and fingerprint of each stage before it. */
  upstream: readonly (readonly [name: string, fingerprint: string | undefined])[];
  /** Stamps of folders and files that no stage made: a line an entry, `PATH SIZE TIME`. */
  given: readonly string[];
  data: string | undefined;
  identity: string | undefined;
}

/** Settings by their path (`train.learningRate`), stages by `outputs of NAME`, files by their path. */
export function statedInputs({ config, upstream, given, data, identity }: Inputs): StatedInputs {
  const stages = upstream.map(([name, print]) => [`outputs of ${name}`, print?.slice(0, 12)]);
  const files = given.flatMap((stamp) =>
    stamp.split('\n').map((line) => {
      const [, path, size, time] = /^(.*) (\d+) (\d+)$/.exec(line) ?? [];
      return path === undefined ? [line, ''] : [path, `${size} bytes of ${new Date(Number(time)).toISOString()}`];
    }),
  );
  const all = [
    ...settings(config, ''),
    ...stages,
    ...files,
    ['MOSLORA_DATA', data],
    ['what the stage depends on besides', identity?.slice(0, 12)],
  ];
  return Object.fromEntries(all.filter(([, text]) => text !== undefined)) as StatedInputs;
}

function settings(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(JSON.stringify(value))]];
  const inside = Object.entries(value);
  if (inside.length === 0) return [[path, JSON.stringify(value)]];
  return inside.flatMap(([key, inner]) => settings(inner, path === '' ? key : `${path}.${key}`));
}

/** `NAME: THEN then, NOW now` of everything that differs. */
export function changesOf(then: StatedInputs, now: StatedInputs): string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  return names
    .filter((name) => then[name] !== now[name])
    .map((name) => `${name}: ${then[name] ?? 'not there'} then, ${now[name] ?? 'not there'} now`);
}
