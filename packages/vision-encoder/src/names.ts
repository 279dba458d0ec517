import { fail } from '@moslora/specs';
import type { TowerKind } from './config';

/** The published names of a tower's modules and tensors, relative to the tower's prefix in its file. */
export interface TowerNames {
  classToken: string;
  patch: string;
  position: string;
  preNorm: string;
  postNorm: string;
  layer(index: number): Record<'norm1' | 'query' | 'key' | 'value' | 'out' | 'norm2' | 'fc1' | 'fc2', string>;
  /** Tensors of the same file that the features do not depend on. */
  unused: RegExp;
}

const clipLike: TowerNames = {
  classToken: 'embeddings.class_embedding',
  patch: 'embeddings.patch_embedding',
  position: 'embeddings.position_embedding.weight',
  preNorm: 'pre_layrnorm',
  postNorm: 'post_layernorm',
  layer(index) {
    const at = `encoder.layers.${index}`;
    return {
      norm1: `${at}.layer_norm1`,
      query: `${at}.self_attn.q_proj`,
      key: `${at}.self_attn.k_proj`,
      value: `${at}.self_attn.v_proj`,
      out: `${at}.self_attn.out_proj`,
      norm2: `${at}.layer_norm2`,
      fc1: `${at}.mlp.fc1`,
      fc2: `${at}.mlp.fc2`,
    };
  },
  unused: /^(embeddings\.position_ids$|head\.)/,
};

const vit: TowerNames = {
  classToken: 'embeddings.cls_token',
  patch: 'embeddings.patch_embeddings.projection',
  position: 'embeddings.position_embeddings',
  preNorm: 'pre_layernorm',
  postNorm: 'layernorm',
  layer(index) {
    const at = `encoder.layer.${index}`;
    return {
      norm1: `${at}.layernorm_before`,
      query: `${at}.attention.attention.query`,
      key: `${at}.attention.attention.key`,
      value: `${at}.attention.attention.value`,
      out: `${at}.attention.output.dense`,
      norm2: `${at}.layernorm_after`,
      fc1: `${at}.intermediate.dense`,
      fc2: `${at}.output.dense`,
    };
  },
  unused: /^(pooler\.|classifier\.|embeddings\.mask_token$)/,
};

/** Names as Hugging Face's CLIP, SigLIP and ViT files have them (`pre_layrnorm` is spelt so there). */
export function towerNames(kind: TowerKind): TowerNames {
  return kind === 'vit' ? vit : clipLike;
}

/**
 * Where a tower lies in a file, found by its patch projection: `vision_model.` alone, `vision_tower.vision_model.` or
 * `vision_tower.` inside a LLaVA, `vit.` for a classifier, or nothing.
 * @throws UserError when there is no tower of this kind, or more than one
 */
export function findTower(names: readonly string[], kind: TowerKind, where: string): string {
  const anchor = `${towerNames(kind).patch}.weight`;
  const found = names.filter((name) => name === anchor || name.endsWith(`.${anchor}`));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    return fail({
      what:
        found.length > 1 ? 'The file holds several vision towers' : `The file holds no vision tower of type ${kind}`,
      where,
      got: found.length > 1 ? found.join(', ') : `${names.length} tensors: ${names.slice(0, 4).join(', ')} …`,
      expected: `one tensor whose name ends in ${anchor}`,
    });
  }
  return first.slice(0, -anchor.length);
}
