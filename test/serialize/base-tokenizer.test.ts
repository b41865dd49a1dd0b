import fc from 'fast-check';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { createBaseTokenizer } from '../../src/serialize/base/base-tokenizer.ts';
import { trickyText } from './any-table.ts';
import { baseTokenizers } from './base-tokenizers.ts';

/** How far a text has been read. */
interface Reading {
  readonly at: number;
  next(byte: number): Reading | undefined;
}

const anyText = fc.oneof(trickyText, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

describe.each(Object.entries(baseTokenizers))('%s', (_, { tokenizer: json, bos, eos }) => {
  const tokenizer = createBaseTokenizer(json, [bos, eos], 'tokenizer.json');
  const newline = JSON.parse(json).model.vocab.Ċ;
  const bytesOf = (ids: Iterable<number>) => Buffer.concat(Array.from(ids, (id) => tokenizer.bytes(id)!));

  it('cuts any text into tokens whose bytes are the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(bos !== newline || !text.includes('\n'));
        const ids = tokenizer.encode(text);
        expect(bytesOf(ids).equals(Buffer.from(text))).toBe(true);
        expect([...ids].some((id) => id === bos || id === eos || id >= tokenizer.vocabSize)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts plain words as the reference implementation does', async () => {
    const reference = Tokenizer.fromString(json);
    const word = fc.oneof(
      fc.stringMatching(/^[!-~]{1,8}$/),
      fc.constantFrom('age', 'is', '39,', 'Private', 'é', '12.50'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), async (parts) => {
        const text = parts.join(' ');
        const { prefixSpace } = tokenizer;
        const expected = (await reference.encode(text, null, { addSpecialTokens: false })).getIds();
        expect([...tokenizer.encode(prefixSpace ? ` ${text}` : text)]).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('finds in one walk all tokens that a text may begin with', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = Buffer.from(text);
        const from = (at: number): Reading => ({
          at,
          next: (byte) => (bytes[at] === byte ? from(at + 1) : undefined),
        });
        const found = new Map<number, number>();
        tokenizer.trie.walk(from(0), (token, { at }) => found.set(token, at));
        const begins = (token: number) => {
          const own = tokenizer.bytes(token);
          return own !== undefined && bytes.subarray(0, own.length).equals(own);
        };
        const expected = Array.from({ length: tokenizer.vocabSize }, (_, token) => token).filter(begins);
        expect([...found.keys()].sort((a, b) => a - b)).toEqual(expected);
        for (const [token, at] of found) expect(tokenizer.bytes(token)).toHaveLength(at);
        const longest = expected.reduce((most, token) => Math.max(most, tokenizer.bytes(token)!.length), 0);
        fc.pre(bytes.length > 0);
        const token = tokenizer.trie.longestAt(bytes, 0);
        expect(tokenizer.bytes(token)?.length ?? 0).toBe(longest);
      }),
    );
  });
});

describe('a tokenizer.json that cannot be used', () => {
  const json = JSON.parse(baseTokenizers['byte-level BPE']!.tokenizer);
  it.each<[string, object, string]>([
    [
      'of another kind',
      { ...json, model: { ...json.model, type: 'WordPiece' } },
      'model.type: only BPE and Unigram are supported',
    ],
    ['without a vocabulary', { ...json, model: { type: 'BPE' } }, 'model.vocab: Invalid input'],
    [
      'without a token for every byte',
      { ...json, model: { ...json.model, vocab: { a: 0 }, merges: [] } },
      'has no token for the byte 0x20; only byte-level tokenizers and those with byte fallback are supported',
    ],
  ])('%s', (_, changed, message) => {
    expect(() => createBaseTokenizer(JSON.stringify(changed), [], 'x/tokenizer.json')).toThrow(
      `x/tokenizer.json: ${message}`,
    );
  });
});

it('a vocabulary may have more entries than a call has arguments', () => {
  const { tokenizer: json, bos, eos } = baseTokenizers['byte-level BPE']!;
  const file = JSON.parse(json);
  const first = 1 + Math.max(bos, eos, ...(Object.values(file.model.vocab) as number[]));
  for (let id = first; id < 200_000; id++) file.model.vocab[`ExtraWord${id}`] = id;
  const tokenizer = createBaseTokenizer(JSON.stringify(file), [bos, eos], 'tokenizer.json');
  expect(tokenizer.vocabSize).toBe(200_000);
});
