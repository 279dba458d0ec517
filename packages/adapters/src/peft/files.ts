/** Names of an adapter's files in its folder, as PEFT gives them. */
export const adapterFiles = { config: 'adapter_config.json', weights: 'adapter_model.safetensors' };
