import type { InferenceRules } from '@moslora/evaluation';
import type { Asked } from '@moslora/specs';
import type { Voice } from './answerer';

/** What sets a table apart from others' in ways that are easily overlooked, in sentences. */
export function askingWarnings({ template, blind, data }: Asked, from?: Voice['from']): string[] {
  return [
    ...(template && !template.stored
      ? [
          `the chat template ${template.name} was not stored with the model when it was tuned${from === undefined ? '' : ` (it is ${from === 'given' ? 'the one given' : `read off ${from}`})`}: ` +
            'with another template than in tuning the same weights score much lower',
        ]
      : []),
    ...(blind ? ['every picture was blank: this is a control'] : []),
    ...(data.limit === undefined ? [] : [`only the first ${data.limit} questions were asked`]),
  ];
}

/** The same of the rules that read letters. */
export function rulesWarnings(rules: InferenceRules): string[] {
  return rules === 'current'
    ? []
    : [`letters were read by the rules \`${rules}\`: tables made by today's VLMEvalKit use \`current\``];
}
