import { withoutPunctuation } from '../inference/punctuation';
import { splitWords } from '../inference/python-strings';
import { askUntil, type Judge } from '../judge/judge';

/** Yes or No where one of the words stands in the answer and the other does not; undefined otherwise (VLMEvalKit's `YOrN_Extraction`). */
export function readYesNo(answer: string): 'Yes' | 'No' | undefined {
  const words = splitWords(withoutPunctuation(answer.toLowerCase(), 'lone'));
  const [yes, no] = [words.includes('yes'), words.includes('no')];
  return yes === no ? undefined : yes ? 'Yes' : 'No';
}

/** Times a judge is asked about one answer, each a half warmer than the last, as VLMEvalKit does. */
const ASKED = { tries: 5, warmer: 0.5 };

/** What a judge finds in an answer; VLMEvalKit's prompt word for word (Apache-2.0, vlmeval/dataset/utils/yorn.py). */
export function judgeYesNo(judge: Judge, question: string, answer: string): Promise<'Yes' | 'No' | undefined> {
  return askUntil(judge, `${prompt}Question: ${question}?\nAnswer: ${answer}\nYour output: `, ASKED, readYesNo);
}

const prompt =
  'You are an AI assistant who will help me to match an answer with two options of a question. ' +
  'The options are only Yes / No. ' +
  'You are provided with a question and an answer, ' +
  'and you need to find which option (Yes / No) is most similar to the answer. ' +
  'If the meaning of all options are significantly different from the answer, output Unknown. ' +
  'Your should output a single word among the following 3 choices: Yes, No, Unknown.\n' +
  "Example 1: \nQuestion: Is the word in this image 'Hello'?\nAnswer: The word in this image is 'Hello'.\nYour output: Yes\n" +
  "Example 2: \nQuestion: Is the word in this image 'Hello'?\n" +
  "Answer: The word in this image is not 'Hello'.\nYour output: No\nExample 3: \n";
