/** Small tables to learn, and an untrained model of them that is fast to sample. */
import { architectures } from '../../models/architectures.ts';
import { initialWeights, type ModelConfig } from '../../models/config.ts';
import { presetConfig } from '../../models/presets.ts';
import { createRandom } from '../../src/numeric/random.ts';
import type { SamplerModel } from '../../src/sample/decode/block.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';

/** People whose columns depend on each other, one kind of column each, some cells missing. */
export function people(count: number, seed = 1) {
  const random = createRandom(seed, 77);
  return Array.from({ length: count }, (_, i) => {
    const work = ['Private', 'State-gov', 'Self, "own"'][random.int(3)]!;
    const age = 17 + random.int(60);
    return {
      age,
      pay: Math.round((age * 3 + random.normal() * 10) * 100) / 100,
      work: i % 11 === 3 ? null : work,
      rich: age > 45 !== random.uniform() < 0.1,
      born: new Date(Date.UTC(2024 - age, random.int(12), 1 + random.int(28))).toISOString().slice(0, 10),
    };
  });
}

export const peopleTable = (count: number, seed?: number): Table => tableFromRows(people(count, seed));

/** One column of free text. */
export function textTable(notes: readonly (string | null)[]): Table {
  return {
    schema: { version: 1, columns: [{ name: 'note', kind: 'text', missing: '' }] },
    rowCount: notes.length,
    columns: [notes],
  };
}

/** A model with one thin layer and the weights it begins with. */
export function untrained(table: Table, target = -1): SamplerModel {
  const codec = createCodec(table.schema, learnGrammar(table));
  const thin = { nLayer: 1, nHead: 2, nKvHead: 1, nEmbd: 16, nInner: 16 };
  const config: ModelConfig = { ...presetConfig('small', 'llama', codec.pieces.length, codec.longest), ...thin };
  const weights = initialWeights(architectures[config.architecture].weights(config), 5);
  return { config, weights, codec, target };
}
