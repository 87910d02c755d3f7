export type {
  CallOptions,
  ClassifyOptions,
  ExplainOptions,
  Client,
  ClientOptions,
  RankOptions,
  ScoreOptions,
  SearchOptions,
  SearchQuery,
} from './client.ts';
export { createClient } from './create-client.ts';
export { AlignqlError, type AlignqlErrorCode } from './errors.ts';
export type {
  Alignment,
  CaptionSetAlignment,
  Classification,
  ClipScore,
  Contribution,
  CoordinateExample,
  CorpusFilter,
  Decision,
  ErrorCode,
  ExplainMethod,
  Explanation,
  IndexedError,
  ItemError,
  LabelScore,
  Provenance,
  RankedItem,
  Ranking,
  TokenShare,
} from './generated/api.ts';
export type { EmbeddingSource, ImageSource, TextSource } from './inputs.ts';
export type { Embedding, Matrix, SearchHit, SearchPage } from './results.ts';
