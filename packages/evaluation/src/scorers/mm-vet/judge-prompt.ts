const MEME =
  'Can you explain this meme? | This meme is poking fun at the fact that the names of the countries\n' +
  'Iceland and Greenland are misleading. Despite its name, Iceland is known for its beautiful green landscapes,\n' +
  'while Greenland is mostly covered in ice and snow. The meme is saying that the person has trust issues\n' +
  'because the names of these countries do not accurately represent their landscapes. |\n';

const EXAMPLES =
  '\nCompare the ground truth and prediction from AI models, to give a correctness score for the prediction.\n' +
  '<AND> in the ground truth means it is totally right\n' +
  'only when all elements in the ground truth are present in the prediction,\n' +
  'and <OR> means it is totally right when any one element in the ground truth is present in the prediction.\n' +
  'The correctness score is 0.0 (totally wrong), 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, or 1.0 (totally right).\n' +
  'Just complete the last space of the correctness score.\n\n' +
  'Question | Ground truth | Prediction | Correctness\n--- | --- | --- | ---\n' +
  [
    ['x = 3', '0.0'],
    ['x = -1', '0.5'],
    ['x = -5', '0.5'],
    ['x = -5 or 5', '0.5'],
    ['x = -1 or x = -5', '1.0'],
  ]
    .map(([said, score]) => `What is x in the equation? | -1 <AND> -5 | ${said} | ${score}\n`)
    .join('') +
  MEME +
  "The meme talks about Iceland and Greenland. It's pointing out that despite their names,\n" +
  "Iceland is not very icy and Greenland isn't very green. | 0.4\n" +
  MEME +
  "The meme is using humor to point out the misleading nature of Iceland's and Greenland's names.\n" +
  'Iceland, despite its name, has lush green landscapes while Greenland is mostly covered in ice and snow.\n' +
  "The text 'This is why I have trust issues' is a playful way to suggest\n" +
  'that these contradictions can lead to distrust or confusion.\n' +
  'The humor in this meme is derived from the unexpected contrast between the names of the countries\n' +
  'and their actual physical characteristics. | 1.0\n';

/** The grading prompt that MM-Vet published (Apache-2.0), as VLMEvalKit spells it. */
export function gradingPrompt(question: string, answer: string, prediction: string): string {
  const truth = answer.replaceAll('<AND>', ' <AND> ').replaceAll('<OR>', ' <OR> ');
  return `${EXAMPLES}\n${[question, truth, prediction, ''].join(' | ')}`;
}
