import { describe, expect, it } from 'vitest';
import { findModel, readJson } from '../../../scripts/clip/model-folder.ts';
import { createTextTokenizer, type TokenizerFiles } from '../../../src/clip/towers/text-tokenizer.ts';
import { createRandom } from '../../../src/core/random.ts';

const START = 298;
const END = 299;

/** A tokenizer.json of CLIP's form in which every letter is a token: 'a' 0 ... 'z' 25, and with </w> at the end of a word 26 ... 51. */
function letterTokenizer(): unknown {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const special = [
    { id: START, content: '<|startoftext|>' },
    { id: END, content: '<|endoftext|>' },
  ];
  return {
    version: '1.0',
    added_tokens: special.map((token) => ({
      ...token,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: '[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+' },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['<|endoftext|>', END],
      cls: ['<|startoftext|>', START],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      unk_token: '<|endoftext|>',
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab: Object.fromEntries([
        ...letters.map((letter, i) => [letter, i]),
        ...letters.map((letter, i) => [`${letter}</w>`, 26 + i]),
        ...special.map(({ id, content }) => [content, id]),
      ]) as Record<string, number>,
      merges: [],
    },
  };
}

/** The files of openai/clip-vit-base-patch32 as far as they matter: 77 positions, padded with the end token. */
const OPENAI_LAYOUT: TokenizerFiles = {
  tokenizer: letterTokenizer(),
  tokenizerConfig: { model_max_length: 77, pad_token: '<|endoftext|>', tokenizer_class: 'CLIPTokenizer' },
  config: { text_config: { max_position_embeddings: 77 } },
};

function rows(batch: { count: number; length: number; inputIds: BigInt64Array }): number[][] {
  return Array.from({ length: batch.count }, (_, r) =>
    Array.from(batch.inputIds.subarray(r * batch.length, (r + 1) * batch.length), Number),
  );
}

async function embeddedFiles(): Promise<TokenizerFiles> {
  const model = findModel('tiny-clip');
  return {
    tokenizer: await readJson(model.tokenizer),
    tokenizerConfig: model.tokenizerConfig === null ? null : await readJson(model.tokenizerConfig),
    config: await readJson(model.config),
  };
}

describe('createTextTokenizer', () => {
  it('puts start and end around the tokens and pads to the longest, masking the padding', () => {
    const batch = createTextTokenizer(OPENAI_LAYOUT).encode(['abc', 'A', '']);
    expect(rows(batch)).toEqual([
      [START, 0, 1, 28, END],
      [START, 26, END, END, END],
      [START, END, END, END, END],
    ]);
    expect(Array.from(batch.attentionMask, Number)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0]);
  });

  it('truncates to the positions there are and keeps the end token', () => {
    const tokenizer = createTextTokenizer(OPENAI_LAYOUT);
    const [ids] = rows(tokenizer.encode(['ab '.repeat(100)]));
    expect(ids).toHaveLength(77);
    expect(ids.slice(0, 3)).toEqual([START, 0, 27]);
    // 75 places for tokens: 37 words of two and the first letter of the next.
    expect(ids.slice(-3)).toEqual([27, 0, END]);
    expect(tokenizer.tokenizeWhole('ab '.repeat(100))).toHaveLength(202);
  });

  it('leaves a text of exactly the positions whole', () => {
    const [ids] = rows(createTextTokenizer(OPENAI_LAYOUT).encode(['a '.repeat(75)]));
    expect(ids).toEqual([START, ...new Array<number>(75).fill(26), END]);
  });

  it('takes the smaller of the two lengths that the files declare', () => {
    const files = { ...OPENAI_LAYOUT, config: { text_config: { max_position_embeddings: 5 } } };
    expect(rows(createTextTokenizer(files).encode(['abcdefgh']))).toEqual([[START, 0, 1, 2, END]]);
  });

  it('pads with the named pad token, else the pad id, else the end token', () => {
    const named = { ...OPENAI_LAYOUT, tokenizerConfig: { pad_token: { content: '<|startoftext|>' } } };
    // To the end: only a model that reads its padding pads with a token of its own.
    expect(rows(createTextTokenizer(named).encode(['a', '']))[1]).toEqual([
      START,
      END,
      ...new Array<number>(75).fill(START),
    ]);
    const byId = {
      ...OPENAI_LAYOUT,
      tokenizerConfig: null,
      config: { text_config: { max_position_embeddings: 77, pad_token_id: 5 } },
    };
    expect(rows(createTextTokenizer(byId).encode(['a', '']))[1]).toEqual([START, END, 5]);
    const neither = { ...OPENAI_LAYOUT, tokenizerConfig: null };
    expect(rows(createTextTokenizer(neither).encode(['a', '']))[1]).toEqual([START, END, END]);
  });

  it.each([
    ['a megabyte of words', 'cat '.repeat(250_000)],
    ['one word of a megabyte', 'x'.repeat(1_000_000)],
    ['a megabyte of white space before a word', `${' '.repeat(1_000_000)}cat`],
    ['surrogate pairs across the cut', '😀'.repeat(400_000)],
  ])('bounds the work on %s', (_, text) => {
    const tokenizer = createTextTokenizer(OPENAI_LAYOUT);
    const from = performance.now();
    const [ids] = rows(tokenizer.encode([text]));
    // Untruncated these take seconds to minutes; the bound leaves room for a slow, busy machine.
    expect(performance.now() - from).toBeLessThan(5000);
    expect(ids.length).toBeLessThanOrEqual(77);
    expect(ids.at(-1)).toBe(END);
  });

  it('reads past white space that fills the bound', () => {
    const [ids] = rows(createTextTokenizer(OPENAI_LAYOUT).encode([`${' \n'.repeat(500_000)}abc`]));
    expect(ids).toEqual([START, 0, 1, 28, END]);
  });

  it('takes tokenizer.json as its bytes too, and says so when they are no JSON', () => {
    const tokenizer = new TextEncoder().encode(JSON.stringify(OPENAI_LAYOUT.tokenizer)).buffer;
    const fromBytes = createTextTokenizer({ ...OPENAI_LAYOUT, tokenizer });
    expect(fromBytes.encode(['abc'])).toEqual(createTextTokenizer(OPENAI_LAYOUT).encode(['abc']));
    const broken = { ...OPENAI_LAYOUT, tokenizer: tokenizer.slice(0, 100) };
    expect(() => createTextTokenizer(broken)).toThrow('tokenizer.json: expected JSON');
  });

  it('gives an empty batch for no texts', () => {
    expect(createTextTokenizer(OPENAI_LAYOUT).encode([])).toMatchObject({ count: 0, length: 0 });
  });

  it.each([
    ['no tokenizer', { ...OPENAI_LAYOUT, tokenizer: {} }, /tokenizer\.json: model/],
    [
      'no length',
      { tokenizer: letterTokenizer(), tokenizerConfig: null, config: {} },
      /max_position_embeddings: got Infinity, expected at least 3/,
    ],
  ])('refuses files with %s', (_, files, message) => {
    expect(() => createTextTokenizer(files)).toThrow(message);
  });

  it('reads any script with the embedded tokenizer, without losing the ends', async () => {
    const tokenizer = createTextTokenizer(await embeddedFiles());
    const [empty] = rows(tokenizer.encode(['']));
    const [start, end] = empty;
    for (const text of ['a cat', '一只猫', 'кошка', 'قطة', 'ねこ', '😀👨‍👩‍👧', '\u0000\u{10ffff}\ud800', '   ']) {
      const [ids] = rows(tokenizer.encode([text]));
      expect(ids[0]).toBe(start);
      expect(ids.at(-1)).toBe(end);
      expect(ids.length).toBeGreaterThan(text.trim() === '' ? 1 : 2);
    }
    expect(empty).toEqual([start, end]);
  });

  it.each([
    ['words', "the quick brown fox can't jump, 12 times! "],
    ['one word without end', 'pneumonoultramicroscopic'],
    ['digits', '3141592653'],
    ['letters and marks in turn', 'a!b?c.d-'],
    ['signs', '!?.,;:-'],
    ['Chinese', '一只猫坐在垫子上看着窗外'],
    ['emoji', '🦤😀👨‍👩‍👧'],
    ['combining accents', 'e\u0301o\u0308İ'],
    ['white space', 'a   \n\t                                        '],
    ['special tokens', 'so <|endoftext|><|startoftext|>'],
  ])('gives a long text of %s the first tokens of the whole', async (_, piece) => {
    const tokenizer = createTextTokenizer(await embeddedFiles());
    const random = createRandom(5);
    for (let round = 0; round < 40; round++) {
      const text = piece.repeat(4096 / piece.length).slice(Math.floor(random.next() * 40));
      const cut = tokenizer.tokenize(text);
      expect(cut).toHaveLength(tokenizer.maxTokens);
      expect(cut.slice(0, -1)).toEqual(tokenizer.tokenizeWhole(text).slice(0, tokenizer.maxTokens - 1));
    }
  });
});
