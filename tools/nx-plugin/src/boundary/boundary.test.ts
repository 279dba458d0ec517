import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectGraph } from '@nx/devkit';
import { describe, expect, it } from 'vitest';
import { checkFile, type Member } from './check-file';
import { layers } from './layers';

const root = join(import.meta.dirname, '../../../..');

/** Nx's own graph, computed anew by a process of its own. */
function projectGraph(): ProjectGraph {
  const folder = mkdtempSync(join(tmpdir(), 'graph-'));
  try {
    const file = join(folder, 'graph.json');
    const env = {
      ...process.env,
      NX_DAEMON: 'false',
      NX_CACHE_PROJECT_GRAPH: 'false',
      NX_WORKSPACE_DATA_DIRECTORY: folder,
    };
    execFileSync('node', ['node_modules/nx/dist/bin/nx.js', 'graph', `--file=${file}`], {
      cwd: root,
      env,
      stdio: 'pipe',
    });
    return (JSON.parse(readFileSync(file, 'utf8')) as { graph: ProjectGraph }).graph;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sources(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found
    .filter(
      (entry) =>
        entry.isFile() &&
        entry.name.endsWith('.ts') &&
        !entry.parentPath.includes('node_modules') &&
        !entry.parentPath.includes('fixtures'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the layers of the design', () => {
  const graph = projectGraph();
  const projects = Object.values(graph.nodes).filter(
    ({ data }) => !data.root.startsWith('pipelines/') && data.root !== '.',
  );
  const layersOf = (tags: string[] | undefined): string[] =>
    (tags ?? []).filter((tag) => tag.startsWith('layer:')).map((tag) => tag.slice('layer:'.length));
  const members = new Map(
    projects.map(({ data }): [string, Member] => {
      const {
        name,
        dependencies = {},
        exports = {},
      } = JSON.parse(readFileSync(join(root, data.root, 'package.json'), 'utf8')) as {
        name: string;
        dependencies?: Record<string, string>;
        exports?: Record<string, string>;
      };
      const layer = layersOf(data.tags)[0] ?? 'none';
      return [name, { name, layer, dependencies: Object.keys(dependencies), parts: Object.keys(exports) }];
    }),
  );

  it('gives every project one known layer', () => {
    const wrong = Object.values(graph.nodes).filter(({ data }) => {
      const found = layersOf(data.tags);
      return data.root !== '.' && (found.length !== 1 || !(found[0]! in layers));
    });
    expect(wrong.map(({ name, data }) => `${name}: ${(data.tags ?? []).join(' ')}`)).toEqual([]);
    expect(members.size).toBeGreaterThan(15);
  });

  it('are kept by every import in the source', () => {
    const violations = projects.flatMap(({ data }) => {
      const { name } = JSON.parse(readFileSync(join(root, data.root, 'package.json'), 'utf8')) as { name: string };
      return sources(join(root, data.root)).flatMap((file) =>
        checkFile(file.slice(root.length + 1), readFileSync(file, 'utf8'), members.get(name)!, members),
      );
    });
    expect(violations.map(({ place, problem }) => `${place} ${problem}`)).toEqual([]);
  });

  it('are kept by every dependency in the graph', () => {
    const layerOf = (name: string): string | undefined => layersOf(graph.nodes[name]?.data.tags)[0];
    const wrong = Object.values(graph.dependencies)
      .flat()
      .filter(({ source, target }) => {
        const [from, to] = [layerOf(source), layerOf(target)];
        if (from === undefined || to === undefined || source === target) return false;
        return to !== 'testing' && !layers[from]!.includes(to);
      });
    expect(wrong.map(({ source, target }) => `${source} -> ${target}`)).toEqual([]);
  });
});
