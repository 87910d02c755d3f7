export type {
  CallOptions,
  ClassifyOptions,
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
  CorpusFilter,
  Decision,
  ErrorCode,
  IndexedError,
  ItemError,
  LabelScore,
  Provenance,
  RankedItem,
  Ranking,
} from './generated/api.ts';
export type { EmbeddingSource, ImageSource, TextSource } from './inputs.ts';
export type { Embedding, Matrix, SearchHit, SearchPage } from './results.ts';
