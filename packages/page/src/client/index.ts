export { button, choice, element } from './elements';
export { FilterBar } from './filter-bar';
export { questionDetail } from './question-detail';
export { QuestionList } from './question-list';
