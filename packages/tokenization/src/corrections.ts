import {
  ByteFallbackDecoder,
  ByteLevelPreTokenizer,
  SequenceDecoder,
  SequencePreTokenizer,
} from '@huggingface/tokenizers';
import type { Decoder, PreTokenizer, Tokenizer } from '@huggingface/tokenizers';

/**
 * The one place for deviations of @huggingface/tokenizers 0.2 from the Rust library that published tokenizers were trained with
 * (version 0.23). Each has a case in corrections.test.ts; remove one when its case passes without it.
 *
 * 1. ByteLevel splits words with JavaScript's `\s`, which holds U+FEFF and lacks U+0085; Unicode's White_Space is the other way round.
 * 2. ByteFallback decodes a run of bytes that is no UTF-8 leniently, and drops a leading U+FEFF; Rust gives one U+FFFD per byte.
 */
export function correct(tokenizer: Tokenizer): Tokenizer {
  if (tokenizer.pre_tokenizer) correctPreTokenizer(tokenizer.pre_tokenizer);
  if (tokenizer.decoder) correctDecoder(tokenizer.decoder);
  return tokenizer;
}

const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function correctPreTokenizer(step: PreTokenizer): void {
  if (step instanceof SequencePreTokenizer) {
    for (const inner of step.tokenizers) if (inner) correctPreTokenizer(inner);
  } else if (step instanceof ByteLevelPreTokenizer) {
    step.pattern = WORDS;
  }
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
