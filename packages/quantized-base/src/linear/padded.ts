/** The bytes, and as many of `fill` behind them as make `length`; the very same array where none is missing. */
export function padded(bytes: Uint8Array, length: number, fill = 0): Uint8Array {
  if (bytes.length === length) return bytes;
  const whole = new Uint8Array(length).fill(fill);
  whole.set(bytes);
  return whole;
}
