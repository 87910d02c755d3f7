import type { ComparisonRow } from './cross-validation.ts';
import type { MeanAndDeviation } from './paired-difference.ts';

/**
 * Recall@1, mean of image to text and text to image: what `--strategy auto` goes by. The standard deviation is the mean
 * of the two, an upper bound of that of the mean (the directions share their folds and rise and fall together).
 */
export function meanRecallAt1(row: Pick<ComparisonRow, 'recall'>): MeanAndDeviation {
  const { imageToText, textToImage } = row.recall;
  return {
    mean: (imageToText['1'].mean + textToImage['1'].mean) / 2,
    sd: (imageToText['1'].sd + textToImage['1'].sd) / 2,
  };
}
