export { bundledScript } from './bundled-script';
export { contentPolicy } from './content-policy';
