export * from './problem';
export * from './sample';
export * from './dataset';
export * from './adapter-config';
export * from './train-config';
export * from './run';
