import type { PresetName } from '../../../src/clip/http/presets.ts';

/** A model that no contract server has. */
export const MISSING_MODEL = 'acme/gone';
/** A picture that every peer refuses, and a text. */
export const BAD_PICTURE = new TextEncoder().encode('BAD picture');
export const BAD_TEXT = 'BAD text';

export type PresetDialect = PresetName;
type Input = Uint8Array | string;
type Kind = 'texts' | 'images';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

interface Inputs {
  readonly kind: Kind;
  readonly inputs: readonly Input[];
}

/** An answer of the peer that is no success. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly seen: Inputs | null;

  constructor(status: number, body: unknown, seen: Inputs | null = null, headers = {}) {
    super(`status ${status}`);
    this.status = status;
    this.body = typeof body === 'string' ? body : JSON.stringify(body);
    this.headers = headers;
    this.seen = seen;
  }
}

export interface Dialect {
  /** Of its URL, as an operator writes it. */
  readonly base: string;
  readonly takesKey: boolean;
  /** Where it lists its models. */
  readonly models?: string;
  /** What it takes in one call. */
  readonly limits: { readonly images: number; readonly texts: number };
  /** Whether its answers tell the place of each vector. */
  readonly hasIndex: boolean;
  /** What refusing one picture looks like from outside. */
  readonly badPicture: 'BAD_IMAGE' | 'ENCODER_FAILED';
  /** The error body for a status. */
  readonly refuse: (status: number, message: string, seen?: Inputs) => Refusal;
  readonly read: (request: Request) => Inputs | Promise<Inputs>;
  /** @throws Refusal when one of them is bad */
  readonly encode: (kind: Kind, inputs: readonly Input[]) => readonly Input[];
  readonly answer: (rows: readonly unknown[], kind: Kind, isReversed: boolean, url: string) => unknown;
  /** What a call that fetches an answer gets. */
  readonly follow?: (request: Request, url: string) => unknown;
}

export type Json = Readonly<Record<string, unknown>>;

export const isBad = (input: Input): boolean =>
  typeof input === 'string' ? input === BAD_TEXT : Buffer.from(input).equals(Buffer.from(BAD_PICTURE));

export function fromDataUri(uri: unknown): Uint8Array {
  const base64 = /^data:[\w/.+-]+;base64,(.*)$/s.exec(String(uri))?.[1];
  if (base64 === undefined) throw new Error(`no data URI: ${String(uri).slice(0, 40)}`);
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

export function expectFields(body: Json, allowed: readonly string[], refuse: Dialect['refuse']): void {
  const strange = Object.keys(body).find((name) => !allowed.includes(name));
  if (strange !== undefined) throw refuse(400, `unknown field ${strange}`);
  const empty = Object.entries(body).find(([, value]) => value === null);
  if (empty !== undefined) throw refuse(400, `${empty[0]} is null`);
}

export const openAiList = (rows: readonly unknown[], isReversed: boolean): Json => {
  const data = rows.map((embedding, index) => ({ object: 'embedding', index, embedding }));
  return {
    object: 'list',
    data: isReversed ? data.reverse() : data,
    model: 'acme/clip',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  };
};

/** Each refuses a whole call for one bad input, as peers do. */
export const encodeWith =
  (refuse: Dialect['refuse'], status: number): Dialect['encode'] =>
  (kind, inputs) => {
    if (inputs.some(isBad)) throw refuse(status, 'cannot identify image file', { kind, inputs });
    return inputs;
  };
