/** What shifts a peer's vectors beside its model: each is part of the encoder's id and fingerprint. */
export interface VectorOptions {
  /** Length of the vectors that the peer is asked for; null leaves it to the peer. */
  readonly dimensions: number | null;
  /** What texts are embedded for, in the peer's words (`input_type`, `task`); null where nothing is said. */
  readonly textTask: string | null;
  readonly imageTask: string | null;
  /** How texts are padded, in the peer's words. */
  readonly textPadding: string | null;
}

export type VectorOption = keyof VectorOptions;

/** What the preset `template` sends and where its answer has the vectors. */
export interface Templates {
  /** Parsed JSON with places `"{{text}}"` or `"{{texts}}"`. */
  readonly text: unknown;
  /** Parsed JSON with places `"{{image}}"`, `"{{images}}"`, `"{{dataUri}}"` or `"{{dataUris}}"`. */
  readonly image: unknown;
  /** A JSON pointer. */
  readonly pointer: string;
}

/** What a preset needs to write a call. */
export interface CallOptions extends VectorOptions {
  readonly templates: Templates | null;
  /** The model by the peer's name. */
  readonly model: string;
  /** Pictures a call at most, as configured. */
  readonly maxImages: number;
}

/** A picture for a call: its bytes, or a data URI of them; never a URL that the peer would fetch. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  readonly base64: () => string;
  readonly dataUri: () => string;
}

/** One POST. */
export interface HttpCall {
  /** Behind the base URL and the preset's `basePath`. */
  readonly path: string;
  /** Sent as JSON, or as it is where it is a form. */
  readonly body: FormData | Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How one kind of peer takes pictures and texts and answers them: pure, and all that differs between peers. */
export interface HttpPreset {
  /** Put behind the base URL unless it ends so already. */
  readonly basePath: string;
  /** Whether texts and pictures go to paths of their own, which no other one path can stand for. */
  readonly hasTwoPaths?: boolean;
  /** What the peer takes in one call. */
  readonly maxImages: number;
  readonly maxTexts: number;
  /** Bytes of pictures in one call, before base64. A larger picture goes alone. */
  readonly maxCallBytes: number;
  /** The vector options that this peer has a field for; others are refused when the configuration is read. */
  readonly options: readonly VectorOption[];
  /** Values that the peer requires and takes where none is given. */
  readonly defaults?: Partial<VectorOptions>;
  /** Where it lists its models, behind `basePath`; null where it does not. */
  readonly models: string | null;
  /** Where it is asked for heat maps, behind `basePath`, once its list of models says which it can do; left out where it has none. */
  readonly patches?: string;
  readonly writeTexts: (texts: readonly string[], options: CallOptions) => HttpCall;
  readonly writeImages: (pictures: readonly Picture[], options: CallOptions) => HttpCall;
  /**
   * The vectors of an answer, in the order of the inputs and not yet checked.
   * @throws EncoderFailure when the answer holds none
   */
  readonly readRows: (answer: unknown, count: number, options: CallOptions) => readonly unknown[];
  /**
   * What the peer says of an input on which its model broke, where it says so in an answer of status 200; null for any other answer.
   * It may be anything that a program prints, so it is for the log alone.
   */
  readonly failureIn?: (answer: unknown) => string | null;
  /**
   * Where to ask for the answer that is not there yet; null once it is.
   * @throws EncoderFailure when there will be none
   */
  readonly pendingUrl?: (answer: unknown) => string | null;
}
