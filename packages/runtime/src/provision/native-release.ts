/** The TensorFlow release this project builds its binding against. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The release of tfjs-node-gpu whose addon sources are built, as this package's manifest pins it. */
export const TFJS_VERSION = '4.22.0';

export type Accelerator = 'cpu' | 'cuda';

/** One wheel that carries libtensorflow for a platform. */
export interface WheelRelease {
  /** Name in the Python package index. */
  package: string;
  /** `pip download --platform` values, any of which may match. */
  tags: readonly string[];
  /** Compressed size in bytes as of 2.21.0, for messages only. */
  bytes: number;
  /** Size of the two libraries unpacked, likewise. */
  unpackedBytes: number;
  /** The two shared libraries inside the wheel's `tensorflow` folder. */
  libraries: readonly [main: string, framework: string];
  /** False where nobody has run this path yet. */
  tested: boolean;
}

const manylinux = (arch: string): string[] =>
  ['2_27', '2_28', '2_17', '2_31'].map((glibc) => `manylinux_${glibc}_${arch}`).concat(`manylinux2014_${arch}`);

const linuxLibraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const macLibraries = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] as const;

const releases: Record<string, WheelRelease> = {
  'linux-x64-cpu': {
    package: 'tensorflow-cpu',
    tags: manylinux('x86_64'),
    bytes: 273_829_956,
    unpackedBytes: 853_308_936,
    libraries: linuxLibraries,
    tested: true,
  },
  'linux-x64-cuda': {
    package: 'tensorflow',
    tags: manylinux('x86_64'),
    bytes: 600_000_000,
    unpackedBytes: 1_900_000_000,
    libraries: linuxLibraries,
    tested: false,
  },
  'linux-arm64-cpu': {
    package: 'tensorflow',
    tags: manylinux('aarch64'),
    bytes: 270_000_000,
    unpackedBytes: 850_000_000,
    libraries: linuxLibraries,
    tested: false,
  },
  'darwin-arm64-cpu': {
    package: 'tensorflow',
    tags: ['macosx_12_0_arm64', 'macosx_11_0_arm64'],
    bytes: 200_000_000,
    unpackedBytes: 700_000_000,
    libraries: macLibraries,
    tested: false,
  },
};

/** The wheel for a platform, or undefined where TensorFlow publishes none with its C library. */
export function wheelFor(platform: string, arch: string, accelerator: Accelerator): WheelRelease | undefined {
  return releases[`${platform}-${arch}-${accelerator}`];
}
