export { escape } from './escape';
export { htmlPage, jsonInScript, type PageParts } from './html-page';
export { baseStyle } from './base-style';
export {
  countText,
  filterChoices,
  filtered,
  outcomes,
  questionLine,
  type Filter,
  type FilterChoices,
  type Outcome,
  type QuestionLine,
} from './questions/filter';
export type { PageData, PageOutcome, PageQuestion, PageRow } from './questions/page-data';
export { questionsStyle } from './questions/questions-style';
