export { ModelServer, type ServerOptions } from './server';
export { limitsSchema, type Limits } from './limits';
export { AllowedPlaces } from './pictures/allowed-places';
export { ApiKeys } from './safety/api-keys';
export type { AskedQuestions, ShownPicture } from './questions/asked-questions';
export { isLoopback } from './safety/own-names';
export type { Served, ServedEyes, ServedModel } from './served';
