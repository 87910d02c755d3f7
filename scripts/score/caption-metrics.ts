import { CLIP_SCORE_PROMPT, clipScore, refClipScore } from '../../src/core/scoring/clip-score.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';
import { type DatasetRow, type PairSource, isSkipped } from '../dataset/pair-source.ts';
import type { MetricName } from './metric-names.ts';
import type { CaptionMetrics } from './row-source.ts';

/** The texts of a row's metrics, each with its prompt. */
interface MetricTexts {
  readonly caption: string;
  readonly references: readonly string[];
}

/** CLIPScore and RefCLIPScore of rows whose captions are texts. */
export interface RowMetrics {
  readonly textsOf: (pair: PairSource) => MetricTexts;
  /**
   * @param embeddingOf of a text with its prompt
   * @param isTruncated null where the encoder does not tell
   */
  readonly score: (
    pair: PairSource,
    image: Float32Array,
    embeddingOf: (text: string) => Float32Array,
    isTruncated: ((text: string) => boolean) | null,
  ) => CaptionMetrics;
}

/**
 * A row's references are the other captions of its picture, those that are marked as mismatches and those of the same words left out.
 * @param rows all of the dataset
 */
export function rowMetrics(rows: readonly DatasetRow[], names: readonly MetricName[]): RowMetrics {
  const captions = new Map<string, Set<string>>();
  if (names.includes('ref-clip-score')) {
    for (const row of rows) {
      if (isSkipped(row) || row.label === 0) continue;
      const known = captions.get(row.image.name) ?? new Set();
      captions.set(row.image.name, known.add(row.caption));
    }
  }
  const textsOf = ({ image, caption }: PairSource): MetricTexts => ({
    caption: CLIP_SCORE_PROMPT + caption,
    references: [...(captions.get(image.name) ?? [])]
      .filter((other) => other !== caption)
      .map((other) => CLIP_SCORE_PROMPT + other),
  });
  return {
    textsOf,
    score(pair, image, embeddingOf, isTruncated) {
      const { caption, references } = textsOf(pair);
      const text = embeddingOf(caption);
      const cosine = cosineSimilarity(image, text);
      const likeness = references.map((reference) => cosineSimilarity(text, embeddingOf(reference)));
      return {
        clipScore: clipScore(cosine),
        refClipScore: likeness.length === 0 ? null : refClipScore(cosine, Math.max(...likeness)),
        truncated: isTruncated && [caption, ...references].some(isTruncated),
      };
    },
  };
}
