/** A decoded picture: 8-bit RGB, rows from the top, `data[(y * width + x) * 3 + channel]`. (H, W, 3) */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}
