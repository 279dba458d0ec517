/** What came of one row: a question, or one rotation of it. */
export interface RowVerdict {
  /** The row's index. */
  key: string;
  prediction: string;
  /** What was read in it: a letter, `Z` for a refusal, Yes, a number, normalised words; empty where nothing could be. */
  read: string;
  /** What would have been right. */
  answer: string;
  /** 1 right, 0 wrong; between them where a measure gives parts. */
  score: number;
  /** Who read it: the rules, the judge, or nobody (a miss that is counted). */
  by: 'rules' | 'judge' | 'nobody';
  /** Why there is no answer, where asking the row failed. */
  failed?: string;
}

/** What tables are made by. */
export interface Tagged {
  split?: string;
  category?: string;
  l2Category?: string;
}

/** What came of one question. */
export interface Verdict extends Tagged {
  key: string;
  question: string;
  /** 1 right, 0 wrong; between them where a measure gives parts. Under CircularEval 1 where every rotation is right. */
  score: number;
  /** One; under CircularEval every rotation, the unrotated one first. */
  rows: RowVerdict[];
}

/** The tags of a row. */
export function tagsOf({ split, category, l2Category }: Tagged): Tagged {
  return {
    ...(split === undefined ? {} : { split }),
    ...(category === undefined ? {} : { category }),
    ...(l2Category === undefined ? {} : { l2Category }),
  };
}
