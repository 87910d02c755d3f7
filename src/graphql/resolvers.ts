import { AlignmentMatrix, alignMatrix } from './resolvers/align-matrix.ts';
import { align } from './resolvers/align.ts';
import { alignCaptions } from './resolvers/align-captions.ts';
import { classify } from './resolvers/classify.ts';
import { clipScore } from './resolvers/clip-score.ts';
import { Corpus, CorpusPage, corpora, corpusPage } from './resolvers/corpora.ts';
import { embedImages } from './resolvers/embed-images.ts';
import { embedTexts } from './resolvers/embed-texts.ts';
import { Embedding } from './resolvers/embedding.ts';
import { encoder } from './resolvers/encoder.ts';
import { Explanation, explain } from './resolvers/explain.ts';
import { limits } from './resolvers/limits.ts';
import { rankImages } from './resolvers/rank-images.ts';
import { rankTexts } from './resolvers/rank-texts.ts';
import { refClipScore } from './resolvers/ref-clip-score.ts';
import { search } from './resolvers/search.ts';
import { Selection, SelectionPage, selection, selectionPage, selections } from './resolvers/selection.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { FileScalar, UrlScalar, VectorScalar } from './scalars.ts';

/** Every field of schema.graphql that is more than a property. Unions are told apart by `__typename`. */
export const resolvers: Resolvers = {
  Vector: VectorScalar,
  URL: UrlScalar,
  File: FileScalar,
  Query: {
    encoder,
    limits,
    embedTexts,
    embedImages,
    selection,
    selections,
    selectionPage,
    align,
    alignMatrix,
    alignCaptions,
    rankTexts,
    rankImages,
    classify,
    explain,
    clipScore,
    refClipScore,
    corpora,
    corpusPage,
    search,
  },
  AlignmentMatrix,
  Corpus,
  CorpusPage,
  Embedding,
  Explanation,
  Selection,
  SelectionPage,
};
