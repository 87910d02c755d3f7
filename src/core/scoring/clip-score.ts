/** What the published implementation puts before a caption, and before every reference. */
export const CLIP_SCORE_PROMPT = 'A photo depicts ';

const WEIGHT = 2.5;

/**
 * CLIPScore of an image and a caption: 2.5 · max(cosine, 0), in [0, 2.5].
 * Source: Hessel et al. 2021, section 3, and `get_clip_score` of https://github.com/jmhessel/clipscore.
 * @param cosine of the embeddings of the image and of the caption behind CLIP_SCORE_PROMPT
 */
export function clipScore(cosine: number): number {
  return WEIGHT * Math.max(cosine, 0);
}

/**
 * RefCLIPScore: the harmonic mean of CLIPScore and the cosine of the caption and the reference most like it, clipped at 0. It is 0
 * where one of them is. In [0, 10/7].
 * Source: as `clipScore`; the implementation leaves a negative cosine of references as it is, the paper clips it.
 * @param referenceCosine the largest over the references
 */
export function refClipScore(cosine: number, referenceCosine: number): number {
  const [score, likeness] = [clipScore(cosine), Math.max(referenceCosine, 0)];
  return score === 0 || likeness === 0 ? 0 : (2 * score * likeness) / (score + likeness);
}
