import { fail } from '@moslora/specs';

const modes = ['auto', 'plain', 'sanitized', 'emulated'] as const;
/**
 * Which ops run: the fused ones where they are built, none, those built with the address sanitizer (`nx run kernels:fuzz`), or the GPU's
 * on an emulation of one (`nx run kernels:emulated`).
 */
export type KernelsMode = (typeof modes)[number];

/** What MOSLORA_KERNELS says. @throws UserError listing the known values */
export function kernelsMode(value = process.env['MOSLORA_KERNELS'] || 'auto'): KernelsMode {
  const mode = modes.find((known) => known === value);
  if (mode !== undefined) return mode;
  return fail({
    what: 'Unknown choice of kernels',
    where: 'MOSLORA_KERNELS',
    got: value,
    expected: 'auto, plain, sanitized or emulated',
    fix: 'set one of these, or unset it',
  });
}
