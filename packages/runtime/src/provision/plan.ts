import { formatBytes } from './format-bytes';
import type { Facts } from './facts';
import { nativePathsFor } from './native-paths';
import { TENSORFLOW_VERSION, TFJS_VERSION, wheelFor, type Accelerator, type WheelRelease } from './native-release';

/** One way to a backend. The ways are tried in order until one works. */
export interface Way {
  kind: 'present' | 'wheel' | 'stock' | 'wasm';
  title: string;
  /** What will be done, with sizes and paths, for --dry-run. */
  actions: string[];
  /** Why this way is closed on this machine; undefined when it is open. */
  blocked?: string;
  /** For a wheel: which one. */
  wheel?: { accelerator: Accelerator; release: WheelRelease };
}

/** The ways on a machine, best first. Pure: everything it depends on is in the facts. */
export function planProvisioning(facts: Facts): Way[] {
  const present: Way = {
    kind: 'present',
    title: 'use the library that is there',
    actions: [facts.present ? `load ${facts.present.binding}` : `look in ${facts.cache}`],
    ...(facts.present ? {} : { blocked: 'none is there yet' }),
  };
  const flavours: Accelerator[] = facts.nvidia ? ['cuda', 'cpu'] : ['cpu'];
  return [present, ...flavours.map((accelerator) => wheelWay(facts, accelerator)), stockWay(facts), wasmWay()];
}

function wheelWay(facts: Facts, accelerator: Accelerator): Way {
  const title = `build the binding against TensorFlow ${TENSORFLOW_VERSION}'s ${accelerator === 'cuda' ? 'CUDA' : 'CPU'} wheel`;
  const release = wheelFor(facts.platform, facts.arch, accelerator);
  const missing = missingTools(facts);
  if (!release)
    return { kind: 'wheel', title, actions: [], blocked: `no such wheel for ${facts.platform} ${facts.arch}` };
  const { root, lib, binding, manifest } = nativePathsFor(accelerator, facts.cache);
  const way: Way = {
    kind: 'wheel',
    title: release.tested ? title : `${title} (untested on this platform)`,
    wheel: { accelerator, release },
    actions: [
      `${(facts.pip ?? ['pip']).join(' ')} download ${release.package}==${TENSORFLOW_VERSION}, about ${formatBytes(release.bytes)}`,
      ...(accelerator === 'cuda'
        ? [`pip download the nvidia-* wheels it names, unpack them to ${root}/nvidia, about 5 GB`]
        : []),
      `unpack ${release.libraries.join(' and ')} (about ${formatBytes(release.unpackedBytes)}) to ${lib}`,
      `unpack the C headers${accelerator === 'cuda' ? ' and Eigen' : ''} to ${lib}/include`,
      `build ${binding} with node-gyp and ${facts.compiler ?? 'a C++ compiler'}, ${
        facts.nodeHeaders ? `Node headers in ${facts.nodeHeaders}` : 'Node headers fetched by node-gyp'
      }`,
      'load it in a process of its own and multiply two matrices',
      `write ${manifest}, remove the wheel`,
    ],
  };
  return missing.length > 0 ? { ...way, blocked: `${missing.join(', ')} missing` } : way;
}

function missingTools(facts: Facts): string[] {
  return [
    ...(facts.pip ? [] : ['python3 with pip']),
    ...(facts.compiler ? [] : ['a C++ compiler (g++)']),
    ...(facts.make ? [] : ['make']),
  ];
}

function stockWay(facts: Facts): Way {
  const { root } = nativePathsFor('stock', facts.cache);
  return {
    kind: 'stock',
    title: `take tfjs-node ${TFJS_VERSION}'s own download (TensorFlow 2.9)`,
    actions: [
      `run its scripts/install.js on a copy in ${root}, given up after 5 minutes`,
      'load it in a process of its own',
    ],
  };
}

function wasmWay(): Way {
  return { kind: 'wasm', title: 'run on WebAssembly', actions: ['use the files of the installed package'] };
}
