export { ModelServer, type ServerOptions } from './server';
export { limitsSchema, type Limits } from './limits';
export { ApiKeys } from './safety/api-keys';
export type { Served, ServedEyes, ServedModel } from './served';
