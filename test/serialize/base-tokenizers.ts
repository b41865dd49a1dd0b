/** Small tokenizers of the kinds that base models come with, their merges counted from a few words. */
import { readFileSync } from 'node:fs';
import { byteLevelAlphabet } from 'tokenizers';
import { outside } from '../outside.ts';

const words =
  'age is 39, workclass is Private, missing "a, b" 2024-02-29 12.50 -3 1000 100 is a is, "a\\n", name is'.split(
    /(?= )/,
  );

/** The most frequent pair of neighbours becomes one piece, `count` times. */
function mergesOf(spelled: readonly (readonly string[])[], count: number): [string, string][] {
  const merges: [string, string][] = [];
  let texts = spelled.map((word) => [...word]);
  while (merges.length < count) {
    const times = new Map<string, number>();
    for (const word of texts) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]}\n${word[i]}`;
        times.set(pair, (times.get(pair) ?? 0) + 1);
      }
    }
    const [pair] = [...times].reduce((best, one) => (one[1] > best[1] ? one : best), ['', 0]);
    if (pair === '') break;
    const [left, right] = pair.split('\n') as [string, string];
    merges.push([left, right]);
    texts = texts.map((word) => word.reduce<string[]>((done, piece) => join(done, piece, left, right), []));
  }
  return merges;
}

const join = (done: string[], piece: string, left: string, right: string): string[] =>
  piece === right && done.at(-1) === left ? [...done.slice(0, -1), left + right] : [...done, piece];

const vocabulary = (pieces: readonly string[]) => Object.fromEntries(pieces.map((piece, id) => [piece, id]));
const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const form = { version: '1.0', truncation: null, padding: null };
const bpe = {
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

/** As GPT-2's: bytes shown as characters, words cut by a pattern, one special token for begin and end. */
function byteLevel(prefixSpace: boolean) {
  const shown = words.map((word) => [...word].map((character) => (character === ' ' ? 'Ġ' : character)));
  const merges = mergesOf(shown, 60);
  const pieces = [...byteLevelAlphabet().sort(), ...merges.map((pair) => pair.join('')), '<|endoftext|>'];
  const part = { type: 'ByteLevel', add_prefix_space: prefixSpace, trim_offsets: true, use_regex: true };
  return {
    ...form,
    added_tokens: [special('<|endoftext|>', pieces.length - 1)],
    normalizer: null,
    pre_tokenizer: part,
    post_processor: part,
    decoder: part,
    model: { ...bpe, vocab: vocabulary(pieces), merges },
  };
}

const fallbackBytes = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
const specials = ['<unk>', '<s>', '</s>'];
const begin = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
};
const toText = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

/** As Llama's: SentencePiece with a space put before the text, and a token for each byte that no piece holds. */
function sentencePiece() {
  const marked = words.map((word) => [...word].map((character) => (character === ' ' ? '▁' : character)));
  const merges = mergesOf(marked, 60);
  const pieces = [
    ...new Set([...specials, ...fallbackBytes, ...marked.flat(), 'é', ...merges.map((pair) => pair.join(''))]),
  ];
  return {
    ...form,
    added_tokens: specials.map(special),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: begin,
    decoder: toText,
    model: { ...bpe, unk_token: '<unk>', fuse_unk: true, byte_fallback: true, vocab: vocabulary(pieces), merges },
  };
}

/** Pieces with scores instead of merges, and a normalizer that loses what it thinks is the same. */
function unigram() {
  const marked = words.map((word) => word.replaceAll(' ', '▁'));
  const letters = [...new Set(marked.join(''))];
  const vocab = [
    ...specials.map((piece) => [piece, 0]),
    ...fallbackBytes.map((piece) => [piece, -20]),
    ...letters.map((piece) => [piece, -8]),
    ...[...new Set(marked)].filter((piece) => !letters.includes(piece)).map((piece) => [piece, -4 - piece.length / 10]),
  ];
  return {
    ...form,
    added_tokens: specials.map(special),
    normalizer: { type: 'NFKC' },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
    post_processor: begin,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'ByteFallback' },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
      ],
    },
    model: { type: 'Unigram', unk_id: 0, byte_fallback: true, vocab },
  };
}

export interface TestTokenizer {
  readonly tokenizer: string;
  readonly bos: number;
  readonly eos: number;
  /** Whether a sentence ends with a newline, which none can then hold. */
  readonly endsLines?: boolean;
}

const begins = { bos: 1, eos: 2 };
const stories = outside('models/stories260K/tokenizer.json');

/** By name, with their special tokens; and a real one where it is at hand. */
export const baseTokenizers: Record<string, TestTokenizer> = {
  'byte-level BPE': { tokenizer: JSON.stringify(byteLevel(false)), ...endOfText(byteLevel(false)) },
  'byte-level BPE that puts a space before': {
    tokenizer: JSON.stringify(byteLevel(true)),
    ...endOfText(byteLevel(true)),
  },
  'byte-level BPE without special tokens, lines end in a newline': {
    tokenizer: JSON.stringify(byteLevel(false)),
    ...newline(),
  },
  'SentencePiece BPE': { tokenizer: JSON.stringify(sentencePiece()), ...begins },
  'SentencePiece Unigram': { tokenizer: JSON.stringify(unigram()), ...begins },
  ...(stories && { stories260K: { tokenizer: readFileSync(stories, 'utf8'), ...begins } }),
};

function endOfText({ added_tokens }: ReturnType<typeof byteLevel>) {
  const { id } = added_tokens[0]!;
  return { bos: id, eos: id };
}

function newline() {
  const id = byteLevel(false).model.vocab.Ċ!;
  return { bos: id, eos: id, endsLines: true };
}
