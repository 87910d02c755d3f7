/** What the stand-in refuses: the status, and the code and words that clients see. */
export class VectorizeRefusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(code: number, message: string, status = 400) {
    super(message);
    this.name = 'VectorizeRefusal';
    this.code = code;
    this.status = status;
  }
}

/**
 * Codes of the platform, as public reports of its users quote them with the words. `assumed` is no code of the platform: it stands for
 * refusals that are documented as limits, whose code nobody has reported.
 */
export const CODES = {
  unknownContentType: 1005,
  indexNotFound: 3000,
  queryDimensions: 40006,
  tooManyIds: 40007,
  idTooLong: 40008,
  vectorDimensions: 40012,
  oversizedMetadata: 40016,
  unreadableVectors: 40023,
  topK: 40025,
  unreadableQuery: 40026,
  tooManyRequests: 40041,
  notAllowed: 10000,
  assumed: 49999,
} as const;
