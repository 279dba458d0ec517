import type { Choices } from '../inference/infer-option';

/** The part of a row that a judge is shown. */
export interface JudgedChoice {
  question: string;
  options: Choices;
  prediction: string;
}

/**
 * What a judge is asked about an answer to a question with options: VLMEvalKit's prompt word for word (Apache-2.0, vlmeval/dataset/utils/
 * multiple_choice.py), the Chinese one where the question has a character of U+4E00 to U+9FFF; scores agree only where judges read the same.
 */
export function choicePrompt({ question, options, prediction }: JudgedChoice): string {
  const listed = `There are several options: \n${Object.entries(options)
    .map(([letter, text]) => `${letter}. ${text}\n`)
    .join('')}`;
  return /[\u4e00-\u9fff]/.test(question)
    ? `${chinese}问题: ${question}?\n选项: ${listed}\n答案: ${prediction}\n输出: `
    : `${english}Question: ${question}?\nOptions: ${listed}\nAnswer: ${prediction}\nYour output: `;
}

const english =
  'You are an AI assistant who will help me to match an answer with several options of a single-choice question. ' +
  'You are provided with a question, several options, and an answer, ' +
  'and you need to find which option is most similar to the answer. ' +
  'If the meaning of all options are significantly different from the answer, output Z. ' +
  'Your should output a single uppercase character in A, B, C, D (if they are valid options), and Z. \n' +
  'Example 1: \nQuestion: What is the main object in image?\nOptions: A. teddy bear B. rabbit C. cat D. dog\n' +
  'Answer: a cute teddy bear\nYour output: A\n' +
  'Example 2: \nQuestion: What is the main object in image?\nOptions: A. teddy bear B. rabbit C. cat D. dog\n' +
  'Answer: Spider\nYour output: Z\nExample 3: \n';

const chinese =
  '你是一个帮助我匹配答案与单选题中多个选项的 AI 助手。' +
  '你会被提供：一个问题，多个选项，一个答案。你的任务是找到与答案意义最相近的选项。' +
  '如果所有选项的意义都与答案显著不同，则输出 Z。' +
  '你应该输出一个单个的大写字母，例如 A, B, C, D（如果它们是有效选项），或 Z。' +
  '例 1:问题: 图中最主要的物体是什么?\n选项: A. 泰迪熊 B. 兔子 C. 猫 D. 狗\n答案: 一只可爱的泰迪熊\n输出: A\n' +
  '例 2: \n问题: 图中最主要的物体是什么?\n选项: A. 泰迪熊 B. 兔子 C. 猫 D. 狗\n答案: 蜘蛛\n输出: Z\n例 3: \n';
