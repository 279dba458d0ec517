/** A question of LLM-Adapters' files taken apart. */
export interface ParsedInstruction {
  question: string;
  /** In the order of their numbers; for BoolQ true and false. */
  options: string[];
}

const NUMBERED = /\s*\b(?:Answer|Solution|Ending|Option)(\d): ?/g;

/**
 * Takes an instruction apart: the request up to the first colon goes, so does the answer format at the end; what stands before `Answer1:` (or
 * Solution, Ending, Option) is the question. @returns undefined where it is of another form
 */
export function parseInstruction(instruction: string): ParsedInstruction | undefined {
  const asked = /^Please (?:answer|choose) [^:]*?(?:question|sentence): ([^]*?)\s*Answer format: (\S+)\s*$/.exec(
    instruction,
  );
  if (!asked) return undefined;
  const [, content = '', format = ''] = asked;
  const marks = [...content.matchAll(NUMBERED)];
  if (format === 'true/false' && marks.length === 0) return { question: content.trim(), options: ['true', 'false'] };
  const first = marks.findIndex((mark) => mark[1] === '1');
  if (first < 0) return undefined;
  // An option may itself hold such a mark: only the ones that count on are its neighbours' ends.
  const ends: RegExpMatchArray[] = [];
  for (const mark of marks.slice(first)) if (Number(mark[1]) === ends.length + 1) ends.push(mark);
  const options = ends.map((mark, i) => content.slice(mark.index! + mark[0].length, ends[i + 1]?.index).trim());
  const wanted = format.split('/').length;
  return options.length === wanted ? { question: content.slice(0, ends[0]!.index).trim(), options } : undefined;
}
