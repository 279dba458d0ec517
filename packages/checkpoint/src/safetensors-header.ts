import { fail, type Problem } from '@moslora/specs';
import { bytesPerElement, dtypes, elementCount, isDtype, type Dtype } from './dtype';

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
 * other without holes or overlap and fill the file's `dataLength` bytes exactly. All problems are reported at once.
 */
export function parseHeader(path: string, text: string, dataLength: number): Header {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    fail({ what: 'The safetensors header is not JSON', where: path, got: (error as Error).message, fix: again });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    fail({ what: 'The safetensors header is not a JSON object', where: path, got: text.slice(0, 60), fix: again });
  }
  const problems: Problem[] = [];
  const entries = new Map<string, HeaderEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') metadata = textEntries(value);
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

function textEntries(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, text]) => [key, String(text)]));
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function checkEntry(path: string, name: string, value: unknown, problems: Problem[]): HeaderEntry | undefined {
  const where = `${path}, tensor ${name}`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!isDtype(dtype)) {
    problems.push({ what: 'Unknown element type', where, got: JSON.stringify(dtype), expected: dtypes.join(', ') });
    return undefined;
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    problems.push({
      what: 'The header entry has no usable shape and data_offsets',
      where,
      got: JSON.stringify(value),
      fix: again,
    });
    return undefined;
  }
  const [begin, end] = offsets as [number, number];
  const expected = elementCount(shape) * bytesPerElement(dtype);
  if (end - begin !== expected) {
    problems.push({
      what: 'Shape and byte length disagree',
      where,
      got: `${end - begin} bytes`,
      expected: `${expected} bytes for ${dtype} (${shape.join(', ')})`,
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
