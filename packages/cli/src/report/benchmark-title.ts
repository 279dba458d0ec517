/** What pages call a benchmark. */
export function benchmarkTitle(name: string): string {
  return ({ en: 'English', cn: 'Chinese' } as Record<string, string>)[name] ?? name;
}
