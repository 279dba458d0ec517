export { button, choice, element } from './elements';
