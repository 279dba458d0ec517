/** One of the eight tasks in LLM-Adapters' files. */
export interface Task {
  /** Of the benchmark. */
  name: string;
  title: string;
  /** Its folder in LLM-Adapters' dataset/. */
  folder: string;
  /** Git's hash of its test.json. */
  hash: string;
  licence: string;
  /** The labels that may be answered, in the order in which they are looked for. */
  labels: readonly string[];
  /** What stands before a question when its options are compared by likelihood; `blank`: the option is put into the sentence. */
  likelihood: 'question-answer' | 'q-a' | 'plain' | 'blank';
}

const answers = ['answer1', 'answer2', 'answer3', 'answer4', 'answer5'];

export const tasks: readonly Task[] = [
  {
    name: 'boolq',
    title: 'BoolQ',
    folder: 'boolq',
    hash: '6d7edb0a8e8a6566b546ccf0d98d24e48db3fdf3',
    licence: 'CC BY-SA 3.0',
    labels: ['true', 'false'],
    likelihood: 'question-answer',
  },
  {
    name: 'piqa',
    title: 'PIQA',
    folder: 'piqa',
    hash: 'f7a1c260692ef31796d4763cb6334f316a754fed',
    licence: 'AFL 3.0',
    labels: ['solution1', 'solution2'],
    likelihood: 'question-answer',
  },
  {
    name: 'siqa',
    title: 'SIQA',
    folder: 'social_i_qa',
    hash: 'eadf221799ca394367b144c0f86ee0436db409d2',
    licence: 'CC BY 4.0',
    labels: answers,
    likelihood: 'q-a',
  },
  {
    name: 'hellaswag',
    title: 'HellaSwag',
    folder: 'hellaswag',
    hash: '183c4920415f83ba4b793c4873a33e7e10bd1be5',
    licence: 'MIT',
    labels: ['ending1', 'ending2', 'ending3', 'ending4'],
    likelihood: 'plain',
  },
  {
    name: 'winogrande',
    title: 'WinoGrande',
    folder: 'winogrande',
    hash: '21257263593dd4d00546e1918c88ca0f357b08ad',
    licence: 'CC BY',
    labels: ['option1', 'option2'],
    likelihood: 'blank',
  },
  {
    name: 'arc_e',
    title: 'ARC, easy',
    folder: 'ARC-Easy',
    hash: '6c0d30aaedaeca148df6bcd7aaacf7c31e6ad70f',
    licence: 'CC BY-SA 4.0',
    labels: answers,
    likelihood: 'question-answer',
  },
  {
    name: 'arc_c',
    title: 'ARC, challenge',
    folder: 'ARC-Challenge',
    hash: '9540685439144200b5a7e48dab9ca4655be2af09',
    licence: 'CC BY-SA 4.0',
    labels: answers,
    likelihood: 'question-answer',
  },
  {
    name: 'obqa',
    title: 'OpenBookQA',
    folder: 'openbookqa',
    hash: 'a6e69676104bcb77237388c3b5a3f0dcbb81d1e2',
    licence: 'Apache-2.0',
    labels: answers,
    likelihood: 'plain',
  },
];
