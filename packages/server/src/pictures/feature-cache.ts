/** Features of pictures by the hash of their bytes, those used longest ago dropped where they would take more than a budget. */
export class FeatureCache {
  /** In order of use. */
  private readonly kept = new Map<string, Float32Array>();
  bytes = 0;
  hits = 0;
  misses = 0;

  constructor(private readonly budget: number) {}

  get(key: string): Float32Array | undefined {
    const found = this.kept.get(key);
    if (found) {
      this.hits += 1;
      this.kept.delete(key);
      this.kept.set(key, found);
    } else this.misses += 1;
    return found;
  }

  set(key: string, features: Float32Array): void {
    this.bytes += features.byteLength - (this.kept.get(key)?.byteLength ?? 0);
    this.kept.delete(key);
    this.kept.set(key, features);
    for (const [oldest, { byteLength }] of this.kept) {
      if (this.bytes <= this.budget) break;
      this.kept.delete(oldest);
      this.bytes -= byteLength;
    }
  }
}
