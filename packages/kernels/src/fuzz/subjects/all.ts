import type { FuzzSubject } from '../subject';
import { attention } from './attention';
import { chain } from './chain';
import { nf4 } from './nf4';
import { norms } from './norms';
import { optimizer } from './optimizer';
import { pointwise } from './pointwise';
import { products } from './products';

/** Between them they call every fused op. */
export const subjects: readonly FuzzSubject[] = [
  ...pointwise,
  ...norms,
  ...products,
  ...attention,
  ...nf4,
  ...optimizer,
  chain,
];
