import type { ScorerName } from '@moslora/specs';
import type { Scorer } from '../scoring/scorer';
import { scorer as circular } from './circular/scorer';
import { scorer as exactMatch } from './exact-match/scorer';
import { scorer as firstMatch } from './first-match/scorer';
import { scorer as likelihood } from './likelihood/scorer';
import { scorer as mathvista } from './mathvista/scorer';
import { scorer as mmVet } from './mm-vet/scorer';
import { scorer as mme } from './mme/scorer';
import { scorer as options } from './options/scorer';
import { scorer as pope } from './pope/scorer';
import { scorer as textvqa } from './textvqa/scorer';
import { scorer as vqa } from './vqa/scorer';

/** Every way of scoring. A benchmark names one; only a new way of scoring adds a folder and a line here. */
export const scorers: Record<ScorerName, Scorer> = {
  circular,
  options,
  mme,
  pope,
  vqa,
  textvqa,
  mathvista,
  'mm-vet': mmVet,
  'first-match': firstMatch,
  likelihood,
  'exact-match': exactMatch,
};
