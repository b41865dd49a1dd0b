import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  encodeSafetensors,
  readMetadata,
  readSafetensors,
  safetensorsPieces,
  toFloats,
} from '../../models/checkpoint/safetensors.ts';
import { sizeOf } from '../../models/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tabletalk-safetensors-'));
const path = join(folder, 'model.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) =>
  fc.record({
    name: fc.string({ minLength: 1 }).filter((name) => !name.startsWith('__')),
    shape: fc.constant(shape),
    data: fc.float32Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) }),
  }),
);

describe('reading', () => {
  it('gives back what was written, for any names, shapes and numbers', async () => {
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(tensors, async (written) => {
        const bytes = encodeSafetensors(written);
        writeFileSync(path, bytes);
        const read = await readSafetensors(path);
        expect([...read.keys()].sort()).toEqual(written.map(({ name }) => name).sort());
        for (const { name, shape, data } of written) {
          expect(read.get(name)!.shape).toEqual(shape);
          expect(toFloats(read.get(name)!)).toEqual(data);
        }
        expect((bytes.length - written.reduce((sum, { data }) => sum + data.byteLength, 0)) % 8).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('understands half precision and bfloat16', async () => {
    const halves = [0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00];
    const brains = [0x0000, 0x3f80, 0xc000, 0x7f80, 0x4049];
    writeRaw({
      half: { dtype: 'F16', shape: [10], bytes: new Uint8Array(Uint16Array.from(halves).buffer) },
      brain: { dtype: 'BF16', shape: [5], bytes: new Uint8Array(Uint16Array.from(brains).buffer) },
    });
    const read = await readSafetensors(path);
    expect([...toFloats(read.get('half')!)!]).toEqual([
      0,
      -0,
      1,
      -2,
      0.333251953125,
      2 ** -24,
      1023 * 2 ** -24,
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect([...toFloats(read.get('brain')!)!]).toEqual([0, 1, -2, Number.POSITIVE_INFINITY, 3.140625]);
  });

  it('gives back texts that were written beside the tensors, and has none where there are none', async () => {
    const texts = fc.dictionary(
      fc.string().filter((name) => !name.startsWith('__')),
      fc.string(),
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (metadata) => {
        const data = Float32Array.of(1, 2);
        writeFileSync(path, Buffer.concat([...safetensorsPieces([{ name: 'w', shape: [2], data }], metadata)]));
        expect(await readMetadata(path)).toEqual({ format: 'pt', ...metadata });
        expect(toFloats((await readSafetensors(path)).get('w')!)).toEqual(data);
      }),
      { numRuns: 50 },
    );
    writeRaw({ w: { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) } });
    expect(await readMetadata(path)).toEqual({});
  });

  it('reads only what is wanted', async () => {
    writeFileSync(path, encodeSafetensors(['a', 'b'].map((name) => ({ name, shape: [], data: Float32Array.of(1) }))));
    expect([...(await readSafetensors(path, (name) => name === 'b')).keys()]).toEqual(['b']);
  });
});

describe('an error names the file and the tensor', () => {
  const whole = encodeSafetensors([{ name: 'w', shape: [2, 3], data: new Float32Array(6) }]);
  const oneTensor = (entry: object) => raw(JSON.stringify({ w: entry }), 24);
  const cases: [what: string, bytes: Uint8Array, message: string][] = [
    [
      'truncated data',
      whole.subarray(0, -1),
      'tensor "w": the file is truncated: the tensor ends at byte 24 of the data, which has 23',
    ],
    [
      'truncated header',
      whole.subarray(0, 20),
      'not a whole safetensors file: its header does not fit in its 20 bytes',
    ],
    ['empty', new Uint8Array(0), 'not a whole safetensors file: its header does not fit in its 0 bytes'],
    ['not JSON', raw('{"w":', 24), 'not a safetensors file: its header is not a table of tensors'],
    [
      'no offsets',
      raw('{"w":{"dtype":"F32","shape":[6]}}', 24),
      'not a safetensors file: its header is not a table of tensors',
    ],
    [
      'sizes that disagree',
      oneTensor({ dtype: 'F32', shape: [5], data_offsets: [0, 24] }),
      'tensor "w": expected 20 bytes for F32 [5], got 24',
    ],
    ['an unknown type', oneTensor({ dtype: 'F7', shape: [6], data_offsets: [0, 24] }), 'tensor "w": unknown type F7'],
  ];

  it.each(cases)('%s', async (_, bytes, message) => {
    writeFileSync(path, bytes);
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'input', message: `${path}: ${message}` });
  });

  it('no file', async () => {
    const nowhere = join(folder, 'nowhere.safetensors');
    await expect(readSafetensors(nowhere)).rejects.toMatchObject({
      code: 'input',
      message: `${nowhere}: cannot be read`,
    });
  });
});

function raw(header: string, dataLength: number): Uint8Array {
  const file = new Uint8Array(8 + header.length + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(new TextEncoder().encode(header), 8);
  return file;
}

function writeRaw(tensors: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>): void {
  const header: Record<string, object> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const file = raw(JSON.stringify(header), end);
  let at = file.length - end;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, at);
    at += bytes.length;
  }
  writeFileSync(path, file);
}
