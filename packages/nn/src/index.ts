export * from './parameter';
export * from './linear/linear';
export * from './linear/dense-linear';
export * from './linear/joint';
export * from './init/init';
export * from './losses/contrastive-loss';
export * from './losses/language-loss';
