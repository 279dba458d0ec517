import {
  ByteFallbackDecoder,
  ByteLevelPreTokenizer,
  MetaspacePreTokenizer,
  NFCNormalizer,
  NFDNormalizer,
  NFKCNormalizer,
  NFKDNormalizer,
  SequenceDecoder,
  SequenceNormalizer,
  SequencePreTokenizer,
} from '@huggingface/tokenizers';
import type { Decoder, Normalizer, PreTokenizer, Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { normalizeAsUnicode9 } from './unicode-9';

/**
 * The one place for deviations of @huggingface/tokenizers 0.2 from the Rust library that published tokenizers were trained with
 * (version 0.23). Each has a case in corrections.test.ts that also shows the library's own answer: when the library mends it, the
 * case fails, and the correction can go.
 *
 * 1. ByteLevel splits words with JavaScript's `\s`, which holds U+FEFF and lacks U+0085; Unicode's White_Space is the other way round.
 * 2. Metaspace never splits at the replaced spaces, though it should unless `split` is false.
 * 3. ByteFallback decodes a run of bytes that is no UTF-8 leniently, and drops a leading U+FEFF; Rust gives one U+FFFD per byte.
 * 4. NFC and its kin follow the JavaScript engine's Unicode; Rust's tables are those of Unicode 9.
 */
export function correct(tokenizer: Tokenizer, preTokenizerConfig: unknown): Tokenizer {
  if (tokenizer.pre_tokenizer) correctPreTokenizer(tokenizer.pre_tokenizer, stepSchema.parse(preTokenizerConfig ?? {}));
  if (tokenizer.decoder) correctDecoder(tokenizer.decoder);
  if (tokenizer.normalizer) correctNormalizer(tokenizer.normalizer);
  return tokenizer;
}

function correctNormalizer(step: Normalizer): void {
  if (step instanceof SequenceNormalizer) {
    for (const inner of step.normalizers) if (inner) correctNormalizer(inner);
  } else if (
    step instanceof NFCNormalizer ||
    step instanceof NFDNormalizer ||
    step instanceof NFKCNormalizer ||
    step instanceof NFKDNormalizer
  ) {
    const { form } = step;
    step.normalize = (text) => normalizeAsUnicode9(text, form);
  }
}

/** What tokenizer.json says of a step, as far as the library does not keep it. */
const stepSchema = z.looseObject({ split: z.boolean().default(true), pretokenizers: z.array(z.unknown()).default([]) });
type Step = z.infer<typeof stepSchema>;

const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function correctPreTokenizer(step: PreTokenizer, config: Step): void {
  if (step instanceof SequencePreTokenizer) {
    step.tokenizers.forEach((inner, i) => {
      if (inner) correctPreTokenizer(inner, stepSchema.parse(config.pretokenizers[i] ?? {}));
    });
  } else if (step instanceof ByteLevelPreTokenizer) {
    step.pattern = WORDS;
  } else if (step instanceof MetaspacePreTokenizer && config.split) {
    const whole = step.pre_tokenize_text.bind(step);
    const { replacement } = step;
    step.pre_tokenize_text = (text, options) =>
      whole(text, options).flatMap((piece) => splitBefore(piece, replacement));
  }
}

/** Every mark starts a new piece: `a▁▁b` gives a, ▁, ▁b. */
function splitBefore(text: string, mark: string): string[] {
  return text.split(mark).flatMap((part, i) => (i > 0 ? [mark + part] : part === '' ? [] : [part]));
}

function correctDecoder(step: Decoder): void {
  if (step instanceof SequenceDecoder) step.decoders.forEach(correctDecoder);
  else if (step instanceof ByteFallbackDecoder) step.decode_chain = decodeByteRuns;
}

const BYTE = /^<0x([0-9A-Fa-f]{2})>$/;

function decodeByteRuns(tokens: string[]): string[] {
  const texts: string[] = [];
  let run: number[] = [];
  const endRun = (): void => {
    if (run.length > 0) texts.push(strictUtf8(run));
    run = [];
  };
  for (const token of tokens) {
    const hex = BYTE.exec(token)?.[1];
    if (hex !== undefined) {
      run.push(Number.parseInt(hex, 16));
    } else {
      endRun();
      texts.push(token);
    }
  }
  endRun();
  return texts;
}

function strictUtf8(bytes: number[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}
