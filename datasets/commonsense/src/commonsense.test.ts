import { describe, expect, it } from 'vitest';
import { benchmarks } from './index';
import { parseInstruction } from './parse-instruction';

const benchmark = (name: string) => benchmarks.find((each) => each.name === name)!;
const rowsOf = (name: string, ...rows: unknown[]) => benchmark(name).rows!([rows], ['test.json']);

const boolq = {
  instruction:
    'Please answer the following question with true or false, question: is ice cold?\n\nAnswer format: true/false',
  answer: 'true',
};
const piqa = {
  instruction:
    'Please choose the correct solution to the question: Dry a cup.\n\nSolution1: Wipe it. \n\nSolution2: Wet it.\n\nAnswer format: solution1/solution2',
  answer: 'solution1',
};
const siqa = {
  instruction:
    'Please choose the correct answer to the question: Kai fell. How does Kai feel?\n\nAnswer1: hurt: badly Answer2: fine Answer3: see Answer1: hurt\n\nAnswer format: answer1/answer2/answer3',
  answer: 'answer3',
};
const winogrande = {
  instruction:
    'Please choose the correct answer to fill in the blank to complete the given sentence: Ann fed Bea, since _ was hungry.\n\nOption1: Ann Option2: Bea Answer format: option1/option2',
  answer: 'option2',
};
const hellaswag = {
  instruction:
    'Please choose the correct ending to complete the given sentence: Travel: [header] How to rest [title] Sit. A man\n\nEnding1: [step] sits. Ending2: runs. Ending3: eats. Ending4: reads.\n\nAnswer format: ending1/ending2/ending3/ending4',
  answer: 'ending1',
};

describe('the commonsense benchmarks', () => {
  it('ask the instruction as it is, and want its label', () => {
    expect(rowsOf('piqa', piqa)).toEqual([
      { index: '0', question: piqa.instruction, labels: 'solution1|solution2', answer: 'solution1' },
    ]);
    expect(rowsOf('boolq', boolq)[0]).toMatchObject({ labels: 'true|false', answer: 'true' });
    expect(() => rowsOf('boolq', { ...boolq, answer: 'maybe' })).toThrow(/1 of 1 rows are malformed[^]*true, false/);
  });

  it('take question and options apart where likelihoods are compared', () => {
    expect(rowsOf('boolq_likelihood', boolq)).toEqual([
      { index: '0', question: 'Question: is ice cold?\nAnswer:', A: 'true', B: 'false', answer: 'A' },
    ]);
    expect(rowsOf('piqa_likelihood', piqa)[0]).toMatchObject({
      question: 'Question: Dry a cup.\nAnswer:',
      ...{ A: 'Wipe it.', B: 'Wet it.', answer: 'A' },
    });
    expect(rowsOf('siqa_likelihood', siqa)[0]).toMatchObject({
      question: 'Q: Kai fell. How does Kai feel?\nA:',
      ...{ A: 'hurt: badly', B: 'fine', C: 'see Answer1: hurt', answer: 'C' },
    });
    expect(rowsOf('winogrande_likelihood', winogrande)[0]).toMatchObject({
      question: 'Ann fed Bea, since _ was hungry.',
      ...{ A: 'Ann', B: 'Bea', answer: 'B', blank: 'yes' },
    });
  });

  it("leave out HellaSwag's marks", () => {
    expect(rowsOf('hellaswag_likelihood', hellaswag)[0]).toMatchObject({
      question: 'Travel: How to rest. Sit. A man',
      ...{ A: ' sits.', B: 'runs.', answer: 'A' },
    });
  });

  it('name rows of another form', () => {
    expect(parseInstruction('What is 2 + 2?')).toBeUndefined();
    expect(() => rowsOf('piqa_likelihood', { instruction: 'What?', answer: 'solution1' })).toThrow(
      /a question of another form[^]*test\.json\[0\]/,
    );
    expect(() => rowsOf('piqa_likelihood', { ...piqa, answer: 'solution3' })).toThrow('a question of another form');
  });

  it('are sixteen with eight files', () => {
    expect(benchmarks).toHaveLength(16);
    expect(new Set(benchmarks.map(({ files }) => files[0]!.url)).size).toBe(8);
  });
});
