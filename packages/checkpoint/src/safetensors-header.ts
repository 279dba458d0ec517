import { fail, type Problem } from '@moslora/specs';
import { bytesPerElement, dtypes, elementCount, foreignDtypes, isDtype, type Dtype } from './dtype';
import { HeaderSyntaxError, parseHeaderJson, type HeaderJson } from './header-json';

/** Where a tensor lies, in bytes from the end of the header. */
export interface HeaderEntry {
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  entries: Map<string, HeaderEntry>;
  metadata: Record<string, string>;
}

const mostShown = 12;
const again = 'the file is damaged or was cut short: get it again (or run the stage that wrote it again)';

/**
 * Parses and checks the JSON header of a safetensors file: known dtypes, shape x dtype = byte length, tensors that follow each
 * other without holes or overlap and fill the file's `dataLength` bytes exactly. Nothing it accepts lies outside the file. All
 * problems with entries are reported at once.
 */
export function parseHeader(path: string, text: string, dataLength: number): Header {
  const json = parseText(path, text);
  if (!(json instanceof Map)) {
    fail({ what: 'The safetensors header is not a JSON object', where: path, got: text.slice(0, 60), fix: again });
  }
  const problems: Problem[] = [];
  const entries = new Map<string, HeaderEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of json) {
    if (name === '__metadata__') metadata = checkMetadata(path, value, problems);
    else {
      const entry = checkEntry(path, name, value, problems);
      if (entry) entries.set(name, entry);
    }
  }
  if (problems.length === 0) checkLayout(path, entries, dataLength, problems);
  if (problems.length > 0) {
    const shown = problems.slice(0, mostShown);
    if (problems.length > mostShown)
      shown.push({ what: `… and ${problems.length - mostShown} more problems`, where: path });
    fail(shown);
  }
  return { entries, metadata };
}

function parseText(path: string, text: string): HeaderJson {
  try {
    return parseHeaderJson(text);
  } catch (error) {
    if (!(error instanceof HeaderSyntaxError)) throw error;
    return fail({
      what: 'The safetensors header is not JSON of the form it should have',
      where: `${path}, character ${error.at + 1} of the header`,
      got: `${error.message}: ${JSON.stringify(text.slice(error.at, error.at + 40))}`,
      expected: '{"name": {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …}',
      fix: again,
    });
  }
}

function checkMetadata(path: string, value: HeaderJson, problems: Problem[]): Record<string, string> {
  const pairs = value instanceof Map ? [...value] : undefined;
  if (pairs?.every((pair): pair is [string, string] => typeof pair[1] === 'string')) return Object.fromEntries(pairs);
  problems.push({
    what: 'The metadata of the safetensors header are not texts by name',
    where: `${path}, __metadata__`,
    got: shown(value),
    fix: again,
  });
  return {};
}

/** A piece of the header as text, cut to a line. */
function shown(value: HeaderJson | undefined): string {
  const text = JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? Object.fromEntries(inner) : inner));
  return text === undefined ? 'nothing' : text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function isCounts(value: HeaderJson | undefined): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

function checkEntry(path: string, name: string, value: HeaderJson, problems: Problem[]): HeaderEntry | undefined {
  const where = `${path}, tensor ${name.length > 200 ? `${name.slice(0, 200)}…` : name}`;
  const fields = value instanceof Map ? value : new Map<string, HeaderJson>();
  const [dtype, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((key) => fields.get(key));
  if (!isDtype(dtype)) {
    const known = foreignDtypes.some((other) => other === dtype);
    problems.push({
      what: known ? `Tensors of the element type ${String(dtype)} are not read here` : 'Unknown element type',
      where,
      got: shown(dtype),
      expected: dtypes.join(', '),
      ...(known && { fix: 'convert the checkpoint to a 16-bit type, or start from the one it was made of' }),
    });
    return undefined;
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]! || fields.size > 3) {
    problems.push({
      what: 'The header entry has no usable shape and data_offsets',
      where,
      got: shown(value),
      expected: 'dtype, shape and data_offsets; sizes and offsets whole numbers, begin before end',
      fix: again,
    });
    return undefined;
  }
  const [begin, end] = offsets as [number, number];
  // Inexact beyond 2^53, where it is larger than any pair of offsets can be apart.
  const expected = elementCount(shape) * bytesPerElement(dtype);
  if (end - begin !== expected) {
    problems.push({
      what: 'Shape and byte length disagree',
      where,
      got: `${end - begin} bytes`,
      expected: `${expected} bytes for ${dtype} (${shape.slice(0, 16).join(', ')}${shape.length > 16 ? ', …' : ''})`,
      fix: again,
    });
  }
  return { dtype, shape, begin, end };
}

function checkLayout(path: string, entries: Map<string, HeaderEntry>, dataLength: number, problems: Problem[]): void {
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const needed = inOrder.reduce((most, [, entry]) => Math.max(most, entry.end), 0);
  const cut = inOrder.find(([, entry]) => entry.end > dataLength);
  if (cut) {
    const [name, { begin, end }] = cut;
    problems.push({
      what: 'The safetensors file is cut short',
      where: `${path}, tensor ${name}`,
      got: `${dataLength} bytes of tensor data, ${Math.max(0, dataLength - begin)} of this tensor's ${end - begin}`,
      expected: `${needed} bytes of tensor data`,
      fix: again,
    });
    return;
  }
  let reached = 0;
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== reached) {
      const what = begin < reached ? 'Two tensors overlap' : 'There is a hole before a tensor';
      problems.push({
        what,
        where: `${path}, tensor ${name}`,
        got: `begins at ${begin}`,
        expected: String(reached),
        fix: again,
      });
    }
    reached = Math.max(reached, end);
  }
  if (problems.length === 0 && reached !== dataLength) {
    problems.push({
      what: 'The safetensors file is longer than its header says',
      where: path,
      got: `${dataLength} bytes of tensor data`,
      expected: `${reached} bytes`,
      fix: again,
    });
  }
}
