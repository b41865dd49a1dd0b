/**
 * The tokenizer that a base model came with: which bytes each of its tokens stands for, and how it cuts a piece of
 * text.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { TabletalkError } from '../../errors/errors.ts';
import { checkJson } from '../../files/json-file.ts';

export interface BaseTokenizer {
  /** One more than the highest token id. */
  readonly vocabSize: number;
  /** Whether it puts a space before a text, which it takes away again when it reads tokens. */
  readonly prefixSpace: boolean;
  /** All tokens that stand for text. */
  readonly trie: ByteTrie;
  /** What a token stands for; undefined for one that text is never cut into, such as a special token. */
  bytes(token: number): Uint8Array | undefined;
  /** Tokens whose bytes are exactly those of `text`, with nothing put before it: the tokenizer's own cut wherever that loses nothing. */
  encode(text: string): Int32Array;
}

/** Spaces as SentencePiece writes them in its tokens. */
const spaceMark = '▁';

/** There is a table with a place for every id. */
export const tokenId = z
  .int()
  .nonnegative()
  .max(2 ** 20);

const part = z.looseObject({ type: z.string() });
type Part = z.infer<typeof part>;
const file = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: tokenId })).default([]),
  normalizer: part.nullish(),
  pre_tokenizer: part.nullish(),
  decoder: part.nullish(),
  model: z.looseObject({
    type: z.enum(['BPE', 'Unigram'], { error: 'only BPE and Unigram are supported' }),
    vocab: z.union([z.record(z.string(), tokenId), z.array(z.tuple([z.string(), z.number()]))]),
    continuing_subword_prefix: z.literal('', { error: 'is not supported' }).nullish(),
    end_of_word_suffix: z.literal('', { error: 'is not supported' }).nullish(),
  }),
});
type TokenizerFile = z.infer<typeof file>;

/**
 * @param json the contents of tokenizer.json.
 * @param silent ids that stand for no text, besides the tokenizer's own special tokens.
 * @param place the file's name, for `input` errors.
 */
export function createBaseTokenizer(json: string, silent: readonly number[], place: string): BaseTokenizer {
  const parsed = checkJson(file, parse(json, place), place);
  const tokens = tokenBytes(parsed, silent);
  checkEveryByte(tokens, place);
  const trie = createByteTrie(tokens);
  const { bare, prefixSpace } = withoutPrefix(parsed);
  const cut = new Tokenizer({ ...bare, added_tokens: [], post_processor: null }, {});
  const encoder = new TextEncoder();
  return {
    vocabSize: tokens.length,
    prefixSpace,
    trie,
    bytes: (token) => tokens[token],
    encode(text) {
      const bytes = encoder.encode(text);
      const own = cut.encode(text, { add_special_tokens: false });
      // A Unigram model leaves what no piece holds as it is, and the bytes to us.
      const ids = own.ids.flatMap((id: number, i: number) =>
        tokens[id] ? id : longestFirst(encoder.encode(own.tokens[i]), trie, tokens),
      );
      return Int32Array.from(spells(ids, bytes, tokens) ? ids : longestFirst(bytes, trie, tokens));
    },
  };
}

function parse(json: string, place: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new TabletalkError('input', `${place}: not JSON: ${(error as Error).message}`);
  }
}

/** Whether the tokens' bytes, one after the other, are `bytes`: a tokenizer may change letters or drop what it does not know. */
function spells(ids: readonly number[], bytes: Uint8Array, tokens: readonly (Uint8Array | undefined)[]): boolean {
  let at = 0;
  for (const id of ids) {
    const piece = tokens[id];
    if (!piece) return false;
    for (const byte of piece) if (byte !== bytes[at++]) return false;
  }
  return at === bytes.length;
}

function longestFirst(bytes: Uint8Array, trie: ByteTrie, tokens: readonly (Uint8Array | undefined)[]): number[] {
  const ids: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const id = trie.longestAt(bytes, at);
    const piece = tokens[id];
    // Every byte has a token, but for the newline of a base whose sentences end with it.
    if (!piece) {
      const said = JSON.stringify(String.fromCharCode(bytes[at]!));
      throw new TabletalkError(
        'option',
        `the base ends its sentences with ${said}: the schema's template cannot hold it`,
      );
    }
    ids.push(id);
    at += piece.length;
  }
  return ids;
}

/** By id. Where an ASCII character has a token of its own, the one for its byte is never needed. */
function tokenBytes({ model, added_tokens, ...parts }: TokenizerFile, silent: readonly number[]) {
  const pieces: [string, number][] = Array.isArray(model.vocab)
    ? model.vocab.map(([piece], id) => [piece, id])
    : Object.entries(model.vocab);
  const all = [parts.normalizer, parts.pre_tokenizer, parts.decoder].flatMap(partsOf);
  const byteLevel = all.some(({ type }) => type === 'ByteLevel');
  const marksSpaces = all.some((one) => one.type === 'Metaspace' || JSON.stringify(one).includes(spaceMark));
  const bytesOf = byteLevel ? byteLevelBytes() : markedBytes(marksSpaces);
  const added = added_tokens.map(({ id }) => id);
  // Not `Math.max(...ids)`: a vocabulary may have more entries than a call has arguments.
  const size = 1 + [...pieces.map(([, id]) => id), ...added].reduce((most, id) => Math.max(most, id), -1);
  const tokens: (Uint8Array | undefined)[] = new Array(size).fill(undefined);
  const noText = new Set([...added, ...silent]);
  const shown = new Set(pieces.map(([piece]) => (marksSpaces ? piece.replaceAll(spaceMark, ' ') : piece)));
  for (const [piece, id] of pieces) {
    const byte = byteLevel ? undefined : fallbackByte(piece);
    const needless = byte !== undefined && byte < 0x80 && shown.has(String.fromCharCode(byte));
    if (!noText.has(id) && !needless) tokens[id] = bytesOf(piece);
  }
  return tokens;
}

/** A normalizer, pre-tokenizer or decoder and all that it is made of. */
function partsOf(one: Part | null | undefined): Part[] {
  if (!one) return [];
  const inner = one.normalizers ?? one.pretokenizers ?? one.decoders;
  return [one, ...(Array.isArray(inner) ? inner.flatMap((each: Part) => partsOf(each)) : [])];
}

/** "<0x0A>": how SentencePiece writes a byte of text that none of its pieces holds. */
function fallbackByte(piece: string): number | undefined {
  const digits = /^<0x([0-9A-F]{2})>$/.exec(piece)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function markedBytes(marksSpaces: boolean) {
  const encoder = new TextEncoder();
  return (piece: string): Uint8Array => {
    const byte = fallbackByte(piece);
    if (byte !== undefined) return Uint8Array.of(byte);
    return encoder.encode(marksSpaces ? piece.replaceAll(spaceMark, ' ') : piece);
  };
}

/**
 * GPT-2 writes each byte as a character that can be seen: printable Latin-1 as itself, the others from U+0100 on, in order
 * (Radford et al. 2019, encoder.py).
 */
function byteLevelBytes() {
  const byteOf = new Map<string, number>();
  let hidden = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    byteOf.set(String.fromCharCode(printable ? byte : hidden++), byte);
  }
  return (piece: string): Uint8Array | undefined => {
    const bytes = Array.from(piece, (character) => byteOf.get(character));
    return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
  };
}

/** Bytes that UTF-8 uses; only a tokenizer with a token for each can say whatever a table holds. */
function checkEveryByte(tokens: readonly (Uint8Array | undefined)[], place: string): void {
  const single = new Set(tokens.flatMap((bytes) => (bytes?.length === 1 ? [bytes[0]!] : [])));
  for (let byte = 0x20; byte <= 0xf4; byte++) {
    if (single.has(byte) || byte === 0x7f || byte === 0xc0 || byte === 0xc1) continue;
    const hex = byte.toString(16).toUpperCase();
    throw new TabletalkError(
      'input',
      `${place}: has no token for the byte 0x${hex}; only byte-level tokenizers and those with byte fallback are supported`,
    );
  }
}

/** What may put a space before a text, whether one does, and what is left of it when it must not. */
const prefixers: Record<string, { prefixes: (one: Part) => boolean; plain: readonly object[] }> = {
  Prepend: { prefixes: () => true, plain: [] },
  ByteLevel: { prefixes: ({ add_prefix_space }) => add_prefix_space === true, plain: [{ add_prefix_space: false }] },
  Metaspace: {
    prefixes: ({ prepend_scheme, add_prefix_space }) =>
      (prepend_scheme ?? 'always') !== 'never' && add_prefix_space !== false,
    plain: [{ prepend_scheme: 'never', add_prefix_space: false }],
  },
};

/** The same tokenizer but for the space that it puts before a text: a sentence is cut into parts, and only its first has one. */
function withoutPrefix(parsed: TokenizerFile) {
  let prefixSpace = false;
  const bare = (one: Part): Part[] => {
    const inner = (list: unknown) => (list as Part[]).flatMap(bare);
    if (one.normalizers) return [{ ...one, normalizers: inner(one.normalizers) }];
    if (one.pretokenizers) return [{ ...one, pretokenizers: inner(one.pretokenizers) }];
    const { prefixes, plain } = prefixers[one.type] ?? { prefixes: () => false, plain: [one] };
    prefixSpace ||= prefixes(one);
    return plain.map((change) => ({ ...one, ...change }));
  };
  const without = (one: Part | null | undefined) => (one ? (bare(one)[0] ?? null) : null);
  const [normalizer, pre_tokenizer] = [without(parsed.normalizer), without(parsed.pre_tokenizer)];
  return { bare: { ...parsed, normalizer, pre_tokenizer }, prefixSpace };
}

// A vocabulary as a tree of bytes, so that all tokens that may come next are found in one walk.

/** What a walk follows beside the tree: a state that a byte leads on from, or not. */
interface Walkable<S> {
  next(byte: number): S | undefined;
}

interface ByteTrie {
  /** Every token whose bytes can all be followed from `start`, and the state they lead to. */
  walk<S extends Walkable<S>>(start: S, found: (token: number, state: S) => void): void;
  /** The longest token that begins at `from`, or -1. */
  longestAt(bytes: Uint8Array, from: number): number;
}

/** Tokens without bytes are in no path of the tree; of two with the same bytes the first is kept. */
function createByteTrie(tokens: readonly (Uint8Array | undefined)[]): ByteTrie {
  const size = 1 + tokens.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
  // Node 0 is the root; 0 as a child or sibling means there is none.
  const child = new Int32Array(size);
  const sibling = new Int32Array(size);
  const byteOf = new Uint8Array(size);
  const tokenOf = new Int32Array(size).fill(-1);
  let nodes = 1;
  const childOf = (node: number, byte: number): number => {
    let at = child[node]!;
    while (at !== 0 && byteOf[at] !== byte) at = sibling[at]!;
    return at;
  };
  for (const [token, bytes] of tokens.entries()) {
    if (!bytes?.length) continue;
    let node = 0;
    for (const byte of bytes) {
      let next = childOf(node, byte);
      if (next === 0) {
        next = nodes++;
        byteOf[next] = byte;
        sibling[next] = child[node]!;
        child[node] = next;
      }
      node = next;
    }
    if (tokenOf[node] === -1) tokenOf[node] = token;
  }

  const walkFrom = <S extends Walkable<S>>(node: number, state: S, found: (token: number, state: S) => void): void => {
    for (let at = child[node]!; at !== 0; at = sibling[at]!) {
      const next = state.next(byteOf[at]!);
      if (!next) continue;
      if (tokenOf[at] !== -1) found(tokenOf[at]!, next);
      walkFrom(at, next, found);
    }
  };
  return {
    walk: (start, found) => walkFrom(0, start, found),
    longestAt(bytes, from) {
      let longest = -1;
      let node = childOf(0, bytes[from]!);
      for (let at = from; node !== 0; node = childOf(node, bytes[++at]!)) {
        if (tokenOf[node] !== -1) longest = tokenOf[node]!;
        if (at + 1 === bytes.length) break;
      }
      return longest;
    },
  };
}
