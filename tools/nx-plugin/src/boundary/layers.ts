/** What each layer may import, by its tag `layer:<name>`: the table of the design. */
export const layers: Record<string, readonly string[]> = {
  spec: ['spec'],
  base: ['spec', 'base'],
  math: ['spec', 'base', 'math'],
  model: ['spec', 'base', 'math', 'model'],
  train: ['spec', 'base', 'math', 'train'],
  eval: ['spec', 'base', 'eval'],
  dataset: ['spec'],
  app: ['spec', 'base', 'math', 'model', 'train', 'eval', 'app'],
  testing: ['spec', 'base', 'testing'],
  tool: ['spec', 'tool'],
  pipeline: [],
};

/** Packages that a layer may not import although their layer is allowed: scoring needs no tensors. */
export const exceptions: Record<string, readonly string[]> = { eval: ['@moslora/runtime'] };
