import { describe, expect, it } from 'vitest';
import { buildPrompt } from './prompts';

const english = { question: 'What is it?', hint: 'Look.', options: { A: 'cat', B: 'dog' } };
const chinese = { question: '这是什么？', options: { A: '猫', B: '狗', D: 'fox' } };

describe('buildPrompt', () => {
  it('words questions as VLMEvalKit does', () => {
    expect(buildPrompt(english, 'vlmevalkit')).toBe(
      'Hint: Look.\nQuestion: What is it?\nOptions:\nA. cat\nB. dog\nPlease select the correct answer from the options above. \n',
    );
    expect(buildPrompt(chinese, 'vlmevalkit')).toBe(
      'Question: 这是什么？\nOptions:\nA. 猫\nB. 狗\nD. fox\nPlease select the correct answer from the options above. \n',
    );
  });

  it.each(['llava', 'xtuner'] as const)('words questions as %s does', (style) => {
    expect(buildPrompt(english, style)).toBe(
      "Look.\nWhat is it?\nA. cat\nB. dog\nAnswer with the option's letter from the given choices directly.",
    );
    expect(buildPrompt(chinese, style)).toBe('这是什么？\nA. 猫\nB. 狗\nD. fox\n请直接回答选项字母。');
  });
});
