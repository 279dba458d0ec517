/**
 * What a pattern of modules gives a module: the first entry whose key, a regular expression, matches the module's path or the end of it
 * from a dot on. `q_proj`, `layers.3.self_attn.q_proj` and `layers\.[0-3]\..*` are keys. PEFT's rule for `rank_pattern` and `alpha_pattern`.
 */
export function fromPattern<T>(patterns: Readonly<Record<string, T>> | null | undefined, path: string): T | undefined {
  return Object.entries(patterns ?? {}).find(([key]) => matchesModule(key, path))?.[1];
}

/** Whether one key of a pattern matches a module's path. @throws SyntaxError for what is no regular expression */
export function matchesModule(key: string, path: string): boolean {
  return new RegExp(`^(?:.*\\.)?(?:${key})$`).test(path);
}

/** Whether a key of a pattern is a regular expression at all. */
export function isModuleKey(key: string): boolean {
  try {
    matchesModule(key, '');
    return true;
  } catch {
    return false;
  }
}
