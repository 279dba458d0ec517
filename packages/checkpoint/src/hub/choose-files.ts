/** Weights in a format that is not read here, and folders of such; useless where safetensors are. */
const otherWeights =
  /\.(bin|pt|pth|ckpt|h5|msgpack|ot|onnx|onnx_data|gguf|ggml|tflite|mlmodel|mlpackage|nemo|npz|npy)(\.index\.json)?$|\.bin\.index\.json$|^(original|onnx|openvino|coreml|\.git)\//i;
/** Pictures and films of a model's card. */
const card = /\.(png|jpe?g|gif|webp|svg|mp4|webm|pdf)$/i;

export interface FileChoice {
  /** Globs of paths to take; empty for the choice below. */
  include: readonly string[];
  /** Globs of paths to leave. */
  exclude: readonly string[];
}

/**
 * The files of a repository that are wanted: those that `include` names, or else all but a card's pictures and, where there are
 * safetensors, weights in other formats; in either case none that `exclude` names. `*` stands for anything, `?` for one character.
 */
export function chooseFiles<T extends { path: string }>(files: readonly T[], { include, exclude }: FileChoice): T[] {
  const hasSafetensors = files.some(({ path }) => path.endsWith('.safetensors'));
  const [wanted, unwanted] = [include.map(globPattern), exclude.map(globPattern)];
  return files.filter(({ path }) => {
    if (unwanted.some((pattern) => pattern.test(path))) return false;
    if (wanted.length > 0) return wanted.some((pattern) => pattern.test(path));
    return !card.test(path) && !(hasSafetensors && otherWeights.test(path));
  });
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`);
}
