import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { adapterConfigSchema } from './adapter-config';
import { didYouMean, listNames } from './closest-name';
import { mergeTrees, tree, Whole, type Tree } from './preset-merge';
import type { Problem } from './problem';
import { isObject } from './schema-keys';
import { trainConfigSchema } from './train-config';
import { YamlText } from './yaml';

/** Keys of a stage that may hold the name of a file in configs/<key>/, and what such a file holds. */
export const configKinds = { train: trainConfigSchema, adapter: adapterConfigSchema } satisfies Record<
  string,
  z.ZodType
>;

/** Replaces names of configurations in stages by what configs/<key>/<name>.yaml holds, and collects what is wrong with them. */
export class NamedConfigs {
  readonly problems: Problem[] = [];

  constructor(
    private readonly configs: string,
    private readonly text: YamlText,
  ) {}

  /** The stages with every name replaced; unchecked values in, unchecked values out. */
  expand(stages: unknown, at: string[]): Tree {
    return mergeTrees({}, this.changes(stages, at));
  }

  /** The same for a preset's changes, where a name replaces the whole configuration and an object only some of its keys. */
  changes(stages: unknown, at: string[]): Tree {
    return mapTree(tree(stages), (config, stage) =>
      isObject(config) ? mapTree(tree(config), (value, key) => this.expandValue(key, value, [...at, stage])) : config,
    );
  }

  private expandValue(key: string, value: unknown, at: string[]): unknown {
    if (key === 'parts' && isObject(value))
      return mapTree(tree(value), (part, name) => this.part(part, [...at, key, name]));
    return typeof value === 'string' && key in configKinds
      ? new Whole(this.read(key as keyof typeof configKinds, value, at))
      : value;
  }

  /** How a part of the model learns, its adapter named or spelt out; where its mode has none, the name stays as it was given. */
  private part(part: unknown, at: string[]): unknown {
    const named = isObject(part) && (part['mode'] === undefined || part['mode'] === 'adapter');
    return named ? mapTree(tree(part), (value, key) => this.expandValue(key, value, at)) : part;
  }

  private read(key: keyof typeof configKinds, name: string, at: string[]): unknown {
    const folder = join(this.configs, key);
    const file = join(folder, `${name}.yaml`);
    if (existsSync(file)) {
      const config = YamlText.open(file);
      this.problems.push(...config.problems(configKinds[key]));
      return config.value;
    }
    const files = existsSync(folder) ? readdirSync(folder) : [];
    const known = files.filter((entry) => entry.endsWith('.yaml')).map((entry) => entry.slice(0, -'.yaml'.length));
    this.problems.push({
      what: `unknown ${key} configuration \`${name}\``,
      where: this.text.where([...at, key]),
      got: name,
      expected: `one of ${listNames(known)}, or the settings themselves`,
      fix: didYouMean(name, known) ?? `write configs/${key}/${name}.yaml`,
    });
    return {};
  }
}

function mapTree(from: Tree, change: (value: unknown, key: string) => unknown): Tree {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value, key)]));
}
