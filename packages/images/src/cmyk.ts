/** x * y / 255, rounded, as Pillow computes it. */
function scaled(x: number, y: number): number {
  const product = x * y + 128;
  return ((product >> 8) + product) >> 8;
}

/** CMYK (0 = no ink) to RGB as Pillow converts it, without a colour profile: channel = (255 - k) * (255 - ink) / 255. */
export function cmykToRgb(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - data[i * channels + 3]!;
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = light - scaled(data[i * channels + c]!, light);
  }
  return rgb;
}
