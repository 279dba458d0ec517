/** Examples of the extraction prompt that MathVista published (MIT), as VLMEvalKit spells them (Apache-2.0): hint, question, response, answer. */
const EXAMPLES: [hint: string, question: string, response: string, answer: string][] = [
  [
    'requiring an integer answer and provide the final value,\ne.g., 1, 2, 3, at the end.',
    'Which number is missing?',
    'The number missing in the sequence is 14.',
    '14',
  ],
  [
    'requiring a floating-point number with one decimal place and provide the final value,\ne.g., 1.2, 1.3, 1.4, at the end.',
    'What is the fraction of females facing the camera?',
    'The fraction of females facing the camera is 0.6,\nwhich means that six out of ten females in the group are facing the camera.',
    '0.6',
  ],
  [
    'requiring a floating-point number with two decimal places and provide the final value,\ne.g., 1.23, 1.34, 1.45, at the end.',
    'How much money does Luca need to buy a sour apple candy and a butter-scotch candy? (Unit: $)',
    'Luca needs $1.45 to buy a sour apple candy and a butterscotch candy.',
    '1.45',
  ],
  [
    'requiring a Python list as an answer and provide the final list,\ne.g., [1, 2, 3], [1.2, 1.3, 1.4], at the end.',
    'Between which two years does the line graph saw its maximum peak?',
    'The line graph saw its maximum peak between 2007 and 2008.',
    '[2007, 2008]',
  ],
  [
    'and provide the correct option letter, e.g., A, B, C, D, at the end.',
    'What fraction of the shape is blue?\n\nChoices: (A) 3/11 (B) 8/11 (C) 6/11 (D) 3/5',
    'The correct answer is (B) 8/11.',
    'B',
  ],
];

/** What a judge is asked to find the answer in a response. */
export function extractionPrompt(question: string, prediction: string): string {
  const examples = EXAMPLES.map(
    ([hint, asked, response, answer]) =>
      `\nHint: Please answer the question ${hint}\n\nQuestion: ${asked}\n\nModel response: ${response}\n\nExtracted answer: ${answer}\n\n`,
  );
  return (
    '\nPlease read the following example.\nThen extract the answer from the model response and type it at the end of the prompt.\n\n' +
    `${examples.join('')}${question}\nModel respone: ${prediction}Extracted answer:`
  );
}
