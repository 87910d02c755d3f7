import { type Vocabulary, vocabularyOfWords } from '../../src/core/fitting/coordinate-words.ts';
import type { StartProgress } from '../cli/progress.ts';
import { UserError } from '../cli/user-error.ts';
import { encodeTexts } from '../dataset/encode-pairs.ts';
import { loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import { contentKey } from '../embedding-cache/embedding-cache.ts';
import { readInput } from '../files/input-file.ts';

/** What all words have in common is their mean: of fewer it would be what the few are about. */
const LEAST = 20;
const MOST = 20_000;
/** As long as what `explain` shows. */
const MOST_CHARACTERS = 100;

/** Words that meanings are to be told in, and what encodes them. */
export interface ChosenWords {
  readonly words: readonly string[];
  readonly encode: (startProgress: StartProgress, tell: (line: string) => void) => Promise<Vocabulary>;
}

/**
 * Reads a vocabulary, before the long work: a word or phrase a line, empty lines and repeated ones left out.
 * @throws UserError for a file that cannot be read or has too few or too many lines, or a line that is too long, and where there is no encoder for them
 */
export async function readVocabulary(path: string, source: PairSourceOptions): Promise<ChosenWords> {
  if (source.kind !== 'dataset')
    throw new UserError(
      '--vocabulary goes with a DATASET of pictures and captions: the words are encoded by what encodes them, and embeddings come without it',
    );
  const words = await readInput(path, '--vocabulary', wordsIn);
  if (words.length < LEAST || words.length > MOST) {
    throw new UserError(
      `--vocabulary ${path}: expected ${LEAST} to ${MOST} different words or phrases, one a line, got ${words.length}`,
    );
  }
  const long = words.findIndex((word) => word.length > MOST_CHARACTERS);
  if (long >= 0) {
    throw new UserError(
      `--vocabulary ${path}: expected words or phrases of at most ${MOST_CHARACTERS} characters, got one of ${words[long].length}: "${words[long].slice(0, 40)}…"`,
    );
  }
  return {
    words,
    async encode(startProgress, tell) {
      const { info, encoder } = await loadPairEncoder(source);
      const cache = await openCache(source.cache, info, tell);
      const progress = startProgress('words of the vocabulary', words.length, { cached: true });
      try {
        await encodeTexts(new Set(words), encoder, cache, progress.add);
      } finally {
        progress.stop();
      }
      const embeddings = new Float32Array(words.length * info.dim);
      for (const [i, word] of words.entries())
        embeddings.set(cache.get(contentKey('text', word)) ?? [], i * info.dim);
      return vocabularyOfWords(words, embeddings, info.dim);
    },
  };
}

function wordsIn(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
}
