export { createProgram, runProgram } from './program';
