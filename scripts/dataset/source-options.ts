import type { HttpChoice } from '../clip/http-encoder.ts';
import type { NamedColumns } from './pair-source.ts';

/** Stands where vectors came by file and nobody said more than the encoder's id. */
export const UNDECLARED_FINGERPRINT = 'undeclared';

/** Where pairs come from, as the command line or `npm start` says. */
export type PairSourceOptions = {
  /** Whether a row that cannot be used stops the command; it is skipped otherwise. */
  readonly strict?: boolean;
} & (
  | {
      readonly kind: 'dataset';
      /** A file or folder of pictures and captions: docs/datasets.md. */
      readonly path: string;
      /** Of a table: in place of the names that are known, and that of kinds. */
      readonly columns?: NamedColumns | undefined;
      /** Folder of the encoder, in the Hugging Face layout, or hub id; models/tiny-clip by default. */
      readonly model?: string | undefined;
      /** The server that encodes in place of a model. */
      readonly http?: HttpChoice | undefined;
      /** Folder where embeddings are kept between runs. */
      readonly cache: string;
      /** Of one picture: above it the picture is not decoded. `OFFLINE_MAX_PIXELS` by default. */
      readonly maxPixels?: number | undefined;
    }
  | {
      readonly kind: 'shards';
      /** A folder of embeddings as clip-retrieval writes it. */
      readonly path: string;
      /** Of its metadata. */
      readonly kindColumn?: string | undefined;
      readonly encoderId: string;
      readonly encoderFingerprint: string;
    }
  | {
      readonly kind: 'npy';
      readonly imageEmbeddings: string;
      readonly textEmbeddings: string;
      readonly groups: string | null;
      readonly encoderId: string;
      readonly encoderFingerprint: string;
    }
);
