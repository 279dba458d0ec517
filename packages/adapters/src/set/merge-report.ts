import type { FuseError } from '../linear/fuse';

/** What merging did to each layer. */
export interface MergeReport {
  into: 'dense' | 'nf4';
  modules: (FuseError & { name: string })[];
  /** Largest |Ŵ - (W + ΔW)| of all. */
  maxError: number;
}

/** A warning when quantising again buried what was learnt: layers whose error is larger than their ΔW. */
export function mergeWarning({ into, modules }: MergeReport): string | undefined {
  const buried = modules.filter(({ rmsError, rmsDelta }) => rmsError > rmsDelta);
  if (into === 'dense' || buried.length === 0) return undefined;
  const worst = buried.reduce((a, b) => (b.rmsError / b.rmsDelta > a.rmsError / a.rmsDelta ? b : a));
  return (
    `quantising again changes ${buried.length} of ${modules.length} layers by more than the adapter did ` +
    `(worst ${worst.name}: error ${worst.rmsError.toExponential(1)}, adapter ${worst.rmsDelta.toExponential(1)}, root mean squares); ` +
    'merge into dense layers to keep what was learnt'
  );
}
