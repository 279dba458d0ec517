import type { WeightSource } from '@moslora/checkpoint';
import type { DecoderConfig } from './config/decoder-config';
import type { Decoder, DecoderFamily, DecoderOptions } from './contract';
import type { LayerPlan } from './layer/plan';
import { checkedPlaces, loadDecoder } from './load-decoder';
import { expectedTensors } from './tensors/expected-tensors';
import type { DecoderNames, DecoderPrefix } from './tensors/find-decoder';

/** What tells one family of decoders from another. */
export interface FamilyParts<C extends DecoderConfig> {
  /** As people write it; for errors. */
  name: string;
  /** Reads config.json, parsed. @throws UserError listing every value that asks for other maths */
  parseConfig(json: unknown, where?: string): C;
  names: DecoderNames;
  /** What each layer is made of. */
  layer(config: C): LayerPlan;
}

/** What a package `@moslora/model-<family>` exports as `family`. */
export function decoderFamily<C extends DecoderConfig>(parts: FamilyParts<C>): DecoderFamily {
  return {
    tensors(json: unknown, prefix: DecoderPrefix = { body: 'model.', head: `${parts.names.head}.weight` }) {
      const config = parts.parseConfig(json);
      return expectedTensors(config, parts.names, parts.layer(config), prefix);
    },
    check(source: WeightSource, json: unknown, options: DecoderOptions = {}) {
      const config = parts.parseConfig(json, options.where);
      checkedPlaces(source, config, parts, options);
      return config;
    },
    load(source: WeightSource, json: unknown, options: DecoderOptions = {}): Decoder {
      return loadDecoder(source, parts.parseConfig(json, options.where), parts, options);
    },
  };
}
