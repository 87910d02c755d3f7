/** Small tokenizer.json files in the form that each family's real one has; the vocabularies are a few hundred pieces. */

const WORDS = [
  'a',
  'photo',
  'of',
  'the',
  'cat',
  'dog',
  'red',
  'square',
  'on',
  'white',
  'two',
  'house',
  '7',
  'it',
];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const MARKS = [...`!"#$%&'()*+,-./:;<=>?@[]^_\`{|}~`];

export interface TokenizerFile {
  readonly json: object;
  readonly vocabularySize: number;
  readonly idOf: (token: string) => number;
}

interface Special {
  readonly content: string;
  readonly normalized?: boolean;
}

function build(
  vocabulary: readonly string[],
  specials: readonly Special[],
  parts: (idOf: (token: string) => number) => object,
): TokenizerFile {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const idOf = (token: string): number => {
    const id = ids.get(token);
    if (id === undefined) throw new Error(`no token ${token}`);
    return id;
  };
  const added = specials.map(({ content, normalized = false }) => ({
    id: idOf(content),
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized,
    special: true,
  }));
  const json = { version: '1.0', truncation: null, padding: null, added_tokens: added, ...parts(idOf) };
  return { json, vocabularySize: vocabulary.length, idOf };
}

function unique(tokens: readonly string[]): string[] {
  return [...new Set(tokens)];
}

/** Every way to spell the words by adding one letter at a time, and the merges that do so. */
function mergeLetters(
  words: readonly string[],
  end: string,
): { pieces: string[]; merges: [string, string][] } {
  const pieces: string[] = [];
  const merges: [string, string][] = [];
  for (const word of words) {
    const letters = [...word];
    letters[letters.length - 1] += end;
    let piece = letters[0];
    for (const letter of letters.slice(1)) {
      if (!pieces.includes(piece + letter)) merges.push([piece, letter]);
      pieces.push((piece += letter));
    }
  }
  return { pieces, merges };
}

/** How byte-level BPE writes the bytes: printable ones as they are, the others from U+0100 on. Source: GPT-2's bytes_to_unicode. */
function byteCharacters(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

/** OpenAI's CLIP: byte-level BPE with the end of a word marked, lower case, a start and an end token. */
export function clipTokenizer(): TokenizerFile {
  const bytes = byteCharacters();
  const { pieces, merges } = mergeLetters(WORDS, '</w>');
  const specials = ['<|startoftext|>', '<|endoftext|>'];
  // "!" is the first, as in the real one: MobileCLIP pads with it.
  const order = ['!', ...bytes.filter((character) => character !== '!')];
  const vocabulary = unique([...order, ...order.map((byte) => `${byte}</w>`), ...pieces, ...specials]);
  return build(
    vocabulary,
    specials.map((content) => ({ content })),
    (idOf) => ({
      normalizer: sequence('normalizers', [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ]),
      pre_tokenizer: sequence('pretokenizers', [
        {
          type: 'Split',
          pattern: {
            Regex:
              "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
          },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ]),
      post_processor: {
        type: 'RobertaProcessing',
        sep: ['<|endoftext|>', idOf('<|endoftext|>')],
        cls: ['<|startoftext|>', idOf('<|startoftext|>')],
        trim_offsets: false,
        add_prefix_space: false,
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: '<|endoftext|>',
        continuing_subword_prefix: '',
        end_of_word_suffix: '</w>',
        fuse_unk: false,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
        merges: merges.map((pair) => pair.join(' ')),
      },
    }),
  );
}

/** SigLIP's SentencePiece, converted as for transformers.js: punctuation dropped, lower case, Unigram, an end token. */
export function siglipTokenizer(): TokenizerFile {
  return unigram(['<pad>', '</s>', '<unk>'], { prefix: [], suffix: ['</s>'], unknown: '<unk>' }, [
    { type: 'Replace', pattern: { Regex: '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]' }, content: '' },
    { type: 'Lowercase' },
    { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
    { type: 'Strip', strip_left: true, strip_right: true },
  ]);
}

/** XLM-RoBERTa's, of jina-clip-v2: Unigram between a start and an end token. */
export function xlmRobertaTokenizer(): TokenizerFile {
  return unigram(['<s>', '<pad>', '</s>', '<unk>'], { prefix: ['<s>'], suffix: ['</s>'], unknown: '<unk>' }, [
    { type: 'Precompiled', precompiled_charsmap: '' },
    { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
  ]);
}

function unigram(
  specials: readonly string[],
  { prefix, suffix, unknown }: { prefix: readonly string[]; suffix: readonly string[]; unknown: string },
  normalizers: readonly object[],
): TokenizerFile {
  const pieces = [...WORDS.map((word) => `▁${word}`), '▁', ...LETTERS, ...MARKS, 'ing', 'er', '▁s'];
  const vocabulary = unique([...specials, ...pieces]);
  const score = (token: string): number => (specials.includes(token) ? 0 : -12 + 1.5 * [...token].length);
  return build(
    vocabulary,
    specials.map((content) => ({ content })),
    (idOf) => ({
      normalizer: sequence('normalizers', normalizers),
      pre_tokenizer: sequence('pretokenizers', [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
      ]),
      post_processor: template(prefix, suffix, idOf),
      decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
      model: {
        type: 'Unigram',
        unk_id: idOf(unknown),
        vocab: vocabulary.map((token) => [token, score(token)]),
      },
    }),
  );
}

/** Gemma's, of SigLIP 2: BPE over characters, bytes where there is no piece, an end token. It does not change case. */
export function gemmaTokenizer(): TokenizerFile {
  const specials = ['<pad>', '<eos>', '<bos>', '<unk>'];
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const { pieces, merges } = mergeLetters([...WORDS, ...WORDS.map((word) => `▁${word}`)], '');
  const capitals = LETTERS.map((letter) => letter.toUpperCase());
  const vocabulary = unique([...specials, ...bytes, '▁', ...LETTERS, ...capitals, ...MARKS, ...pieces]);
  return build(
    vocabulary,
    specials.map((content) => ({ content })),
    (idOf) => ({
      normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      pre_tokenizer: {
        type: 'Split',
        pattern: { String: ' ' },
        behavior: 'MergedWithPrevious',
        invert: false,
      },
      post_processor: template([], ['<eos>'], idOf),
      decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: '<unk>',
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: true,
        byte_fallback: true,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
        merges,
      },
    }),
  );
}

/** BERT's uncased WordPiece, of jina-clip-v1. */
export function bertTokenizer(): TokenizerFile {
  const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const continued = [...LETTERS, 'ing', 'er'].map((piece) => `##${piece}`);
  const vocabulary = unique([...specials, ...MARKS, ...LETTERS, ...continued, ...WORDS, '红', '色']);
  return build(
    vocabulary,
    specials.map((content) => ({ content })),
    (idOf) => ({
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: template(['[CLS]'], ['[SEP]'], idOf),
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      },
    }),
  );
}

function sequence(field: string, parts: readonly object[]): object {
  return { type: 'Sequence', [field]: parts };
}

function template(
  prefix: readonly string[],
  suffix: readonly string[],
  idOf: (token: string) => number,
): object {
  const special = (id: string): object => ({ SpecialToken: { id, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [...prefix.map(special), { Sequence: { id: 'A', type_id: 0 } }, ...suffix.map(special)],
    pair: [],
    special_tokens: Object.fromEntries(
      [...prefix, ...suffix].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
    ),
  };
}
