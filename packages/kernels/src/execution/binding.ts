/** TensorFlow's numbers for the element types used here. */
export const DT = { float32: 1, int32: 3, bool: 10, bfloat16: 14, float16: 19, uint8: 4, uint16: 17 } as const;
export type DtNumber = (typeof DT)[keyof typeof DT];

/** One attribute of a TensorFlow op, in the form the addon takes. */
export interface OpAttribute {
  name: string;
  type: number;
  value: number | boolean | string | readonly number[];
}

/** What this package uses of tfjs-node's addon; values are handles into its map of eager tensors. */
export interface Binding {
  TF_ATTR_TYPE: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_STRING: number;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputIds: number[],
    outputs: number,
  ): { id: number; shape: number[]; dtype: number }[];
  createTensor(shape: number[], dtype: number, values: Int32Array | Float32Array | Uint8Array): number;
  deleteTensor(id: number): void;
}
