import type { Problem } from '@moslora/specs';

/** Starts that change the base weight too, so that the file alone does not say what the model computes. */
const changesBase = /^(pissa|olora|corda|loftq)/i;

/** Fields of newer versions of PEFT that make an adapter compute something else than LoRA or DoRA, where they are set. */
const otherMaths = [
  ...['use_qalora', 'use_bdlora', 'kasa_config', 'velora_config', 'monteclora_config', 'arrow_config'],
  ...['alora_invocation_tokens', 'target_parameters', 'trainable_token_indices', 'layer_replication', 'lora_bias'],
];

/** A problem for each field of an adapter_config.json that asks for what is not computed here: better said than computed wrongly. */
export function notUnderstood(file: Readonly<Record<string, unknown>>, path: string): Problem[] {
  const { peft_type: type, bias, init_lora_weights: init, modules_to_save: saved } = file;
  const checks: [field: string, bad: boolean, expected: string][] = [
    ['peft_type', type !== 'LORA' && type !== 'MOSLORA', 'LORA (with lora_use_mixer for MoSLoRA)'],
    ['bias', bias !== 'none', 'none'],
    ['fan_in_fan_out', isSet(file['fan_in_fan_out']), 'false: weights are (out, in)'],
    [
      'use_dora',
      isSet(file['use_dora']) && hasMixer(file),
      'false beside a mixer: what both together compute is not agreed',
    ],
    ['modules_to_save', isSet(saved), 'none'],
    [
      'init_lora_weights',
      typeof init === 'string' && changesBase.test(init),
      'a start that leaves the base as it is; convert the adapter with path_initial_model_for_weight_conversion of PEFT',
    ],
    ...otherMaths.map((field): [string, boolean, string] => [field, isSet(file[field]), 'not set']),
  ];
  return checks
    .filter(([, bad]) => bad)
    .map(([field, , expected]) => ({
      what: 'The adapter uses what is not supported here',
      where: `${path}, ${field}`,
      got: JSON.stringify(file[field]),
      expected,
    }));
}

/** Whether the config announces mixers, in any of the ways there are. */
export function hasMixer(file: Readonly<Record<string, unknown>>): boolean {
  const { lora_use_mixer: said, use_moslora: other, peft_type: type } = file;
  return said === undefined ? isSet(other) || type === 'MOSLORA' : isSet(said);
}

/** Neither left out, null, false nor empty. */
function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
