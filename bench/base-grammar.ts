/** What a large vocabulary costs: `npm run bench:base-grammar` builds a tokenizer as large as GPT-2's and times the grammar's masks. */
import { performance } from 'node:perf_hooks';
import { createRandom } from '../src/numeric/random.ts';
import type { State } from '../src/serialize/codec/automaton.ts';
import { createCodec, learnBaseGrammar } from '../src/serialize/codec/codec.ts';
import { tableFromRows } from '../src/table/rows.ts';

const vocabSize = 50_257;
const random = createRandom(1);
const base = { tokenizer: JSON.stringify(largeTokenizer()), bos: vocabSize - 1, eos: vocabSize - 1 };

const word = () => Array.from({ length: 3 + random.int(6) }, () => letter()).join('');
const table = tableFromRows(
  Array.from({ length: 500 }, (_, i) => ({
    note: `${i} ${Array.from({ length: 15 }, word).join(' ')}`,
    kind: ['Private', 'State-gov', 'Self-emp'][i % 3]!,
    pay: random.int(1_000_000) / 100,
    born: new Date(Date.UTC(1950 + random.int(60), 0, random.int(365))).toISOString().slice(0, 10),
  })),
);

const rows: Record<string, Record<string, number | string>> = {};
const time = <T>(name: string, work: () => T): T => {
  const started = performance.now();
  const result = work();
  rows[name] = { ms: Number((performance.now() - started).toFixed(2)) };
  return result;
};
const grammar = time('learn the grammar of 500 rows', () => learnBaseGrammar(table, base));
const codec = time('make the codec', () => createCodec(table.schema, grammar));
for (const [column, { name, kind }] of table.schema.columns.entries()) {
  const draws = 200;
  for (const again of ['first', 'again']) {
    const work = { tokens: 0, admitted: 0 };
    time(`${draws} cells of ${kind} "${name}", ${again}`, () => {
      for (let i = 0; i < draws; i++) {
        for (let state: State = codec.start(column); state.tokens.length > 0; work.tokens++) {
          work.admitted += state.tokens.length;
          state = state.next(random.int(state.tokens.length));
        }
      }
    });
    const row = rows[`${draws} cells of ${kind} "${name}", ${again}`]!;
    row['us a token'] = Math.round((1000 * Number(row.ms)) / work.tokens);
    row['tokens admitted, mean'] = Math.round(work.admitted / work.tokens);
  }
}
console.table(rows);
console.log(`${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident`);

function letter(): string {
  return 'etaoinshrdlcumwfgypbvk'[Math.min(random.int(22), random.int(22))]!;
}

/** Bytes, then pieces of random letters, digits and words, each a merge of one that is there and a byte. */
function largeTokenizer() {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return printable ? String.fromCharCode(byte) : undefined;
  });
  let hidden = 0x100;
  const pieces = bytes.map((shown) => shown ?? String.fromCharCode(hidden++));
  const known = new Set(pieces);
  const merges: [string, string][] = [];
  while (pieces.length < vocabSize - 1) {
    const left = pieces[pieces.length < 2000 ? random.int(pieces.length) : 256 + random.int(pieces.length - 256)]!;
    const right = random.uniform() < 0.1 ? String(random.int(10)) : letter();
    if (left.length > 9 || known.has(left + right)) continue;
    known.add(left + right);
    merges.push([left, right]);
    pieces.push(left + right);
  }
  pieces.push('<|endoftext|>');
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const part = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    added_tokens: [{ id: vocabSize - 1, content: '<|endoftext|>', special: true }],
    normalizer: null,
    pre_tokenizer: part,
    decoder: part,
    model: { type: 'BPE', vocab, merges },
  };
}
