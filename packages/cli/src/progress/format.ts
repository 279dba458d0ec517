/** Seconds as `42s`, `3m05s`, `1h02m`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** Bytes as `512 B`, `3.4 MB`, `1.25 GB` (decimal units). */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toPrecision(3)} ${units[unit]}`;
}

/** Things per second as `12.3 step/s`, or `4.2 s/step` where it is slower than one a second. */
export function rate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return `- ${unit}/s`;
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toPrecision(3)} M ${unit}/s`;
  if (perSecond >= 1000) return `${Math.round(perSecond)} ${unit}/s`;
  return perSecond >= 1 ? `${perSecond.toPrecision(3)} ${unit}/s` : `${(1 / perSecond).toPrecision(3)} s/${unit}`;
}

/** A number for a progress line: four significant digits, exponents where it is tiny. */
export function figure(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(4);
}
