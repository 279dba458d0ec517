/** What came of a run of values: their codes, and what they lost. */
export interface EncodedBlocks {
  /** (ceil(n / 2)) bytes, even elements in the high four bits. */
  packed: Uint8Array;
  /** Σ(ŵ - w)². */
  squaredError: number;
  /** Σw². */
  squares: number;
}

/** NF4 of values held in one way. A run starts with a block; only the last block of a weight may be short. */
export interface BlockCoder<Values> {
  /**
   * max |x_i| of each block, exact.
   * @param place of the weight, and `first` the index of the run's first value in it, for the error about one that is not finite
   */
  absmax(values: Values, blockSize: number, place: string, first: number): Float32Array;
  /**
   * The codes, by the blocks' exact `absmax`.
   * @param decoded the 16 values that each block's codes stand for once read back (16 * blocks), for the error
   */
  encode(values: Values, absmax: Float32Array, decoded: Float32Array, blockSize: number): EncodedBlocks;
}
