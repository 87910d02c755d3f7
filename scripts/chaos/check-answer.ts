import { isDeepStrictEqual } from 'node:util';

/** An answer of the API as it came. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** `exact`: as without faults; `partial`: what is there is exact, the rest has its errors; `refused`: nothing but errors. */
export type Verdict =
  | { readonly kind: 'exact' | 'partial' | 'refused' }
  | { readonly kind: 'wrong' | 'malformed'; readonly why: string };

/** What a failed part of the deployment may be answered by, and whether the caller may try again. */
const FAULT_CODES: ReadonlyMap<unknown, boolean> = new Map([
  ['ENCODER_TIMEOUT', true],
  ['ENCODER_BUSY', true],
  ['ENCODER_QUOTA', false],
  ['ENCODER_FAILED', false],
  ['STORAGE_FAILED', true],
  // A key that KV does not have, or not yet, is a name that is not there.
  ['SELECTION_NOT_FOUND', false],
  ['CORPUS_NOT_FOUND', false],
]);

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Holds an answer against the answers of the same Worker without faults.
 * @param oracles the data of its right answers: one for each state of KV that a reader may see
 */
export function checkAnswer(answer: Answered, oracles: readonly unknown[]): Verdict {
  const read = readBody(answer);
  if (typeof read === 'string') return { kind: 'malformed', why: read };
  const { data, errors } = read;
  const checks = oracles.map((oracle) => {
    const check = new Check(errors);
    check.compare(oracle, data, []);
    return check;
  });
  const right = checks.find(({ problem }) => problem === null);
  if (right === undefined) return { kind: 'wrong', why: checks[0].problem ?? '' };
  if (right.failures === 0 && errors.length === 0) return { kind: 'exact' };
  return { kind: right.values > 0 ? 'partial' : 'refused' };
}

interface GraphqlError {
  readonly path?: readonly (string | number)[];
}

/** A text says what is not as it should be. */
function readBody({
  status,
  contentType,
  body,
}: Answered): string | { data: unknown; errors: GraphqlError[] } {
  if (!/^application\/(graphql-response\+)?json/.test(contentType))
    return `status ${status}, content type ${contentType}: ${body.slice(0, 200)}`;
  const parsed = parseJson(body);
  if (!isObject(parsed)) return `status ${status}, no JSON object: ${body.slice(0, 200)}`;
  const { data, errors = [] } = parsed;
  if (data === undefined && errors === undefined) return 'neither data nor errors';
  if (!Array.isArray(errors)) return 'errors is no list';
  const odd = errors.find((error) => !isObject(error) || !isFault(error.extensions));
  if (odd !== undefined) return `an error that no fault explains: ${JSON.stringify(odd).slice(0, 300)}`;
  return { data, errors: errors as GraphqlError[] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no answer of the API is this
  }
}

function isFault(error: unknown): boolean {
  return isObject(error) && FAULT_CODES.get(error.code) === error.retryable && FAULT_CODES.has(error.code);
}

class Check {
  problem: string | null = null;
  /** Parts that have an error in their place. */
  failures = 0;
  /** Values that are there. */
  values = 0;
  readonly #errorPaths: ReadonlySet<string>;

  constructor(errors: readonly GraphqlError[]) {
    this.#errorPaths = new Set(errors.map(({ path }) => (path ?? []).join('.')));
  }

  compare(expected: unknown, got: unknown, path: readonly (string | number)[]): void {
    if (this.problem !== null || this.#isExplained(expected, got, path)) return;
    if (isObject(expected) && isObject(got)) return this.#compareObjects(expected, got, path);
    if (Array.isArray(expected) && Array.isArray(got)) return this.#compareLists(expected, got, path);
    if (isDeepStrictEqual(expected, got)) this.values++;
    else this.#report(path, expected, got);
  }

  /** An error in the place of what is expected. */
  #isExplained(expected: unknown, got: unknown, path: readonly (string | number)[]): boolean {
    const isError = isObject(got) && got.__typename === 'ItemError' && isFault(got);
    const hasPath = path.some((_, i) => this.#errorPaths.has(path.slice(0, i + 1).join('.')));
    const isNull = (got === null || got === undefined) && expected !== null;
    // The name of a selection that KV does not have, or not yet.
    const isAbsent = got === null && path.length === 1 && path[0] === 'selection';
    const isWhole = path.length === 0 && (got === null || got === undefined) && this.#errorPaths.size > 0;
    if (!isError && !(isNull && (hasPath || isAbsent || isWhole))) return false;
    this.failures++;
    return true;
  }

  #compareObjects(expected: Json, got: Json, path: readonly (string | number)[]): void {
    if ('imageErrors' in expected) return this.#compareMatrix(expected, got, path);
    if (Array.isArray(expected.items) && Array.isArray(got.items)) {
      return this.#compareRanking(expected.items as Json[], got.items as Json[], path);
    }
    if (expected.complete === true && got.complete === false)
      return this.#compareIncomplete(expected, got, path);
    for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      this.compare(expected[name], got[name], [...path, name]);
    }
  }

  #compareLists(
    expected: readonly unknown[],
    got: readonly unknown[],
    path: readonly (string | number)[],
  ): void {
    const isListing = path.length === 1 && (path[0] === 'selections' || path[0] === 'corpora');
    // A list leaves out what cannot be read, and says so in the log.
    const left = isListing ? expected.filter((item) => got.some((other) => sameName(item, other))) : expected;
    this.failures += expected.length - left.length;
    if (left.length !== got.length) return this.#report(path, expected.length, got.length);
    left.forEach((item, i) => this.compare(item, got[i], [...path, i]));
  }

  /** Rows and columns of what failed are null. */
  #compareMatrix(expected: Json, got: Json, path: readonly (string | number)[]): void {
    const failed = (field: string): Set<unknown> => {
      const errors = got[field] as readonly Json[];
      if (errors.some(({ error }) => !isFault(error))) this.#report([...path, field], [], errors);
      return new Set(errors.map(({ index }) => index));
    };
    const [rows, columns] = [failed('imageErrors'), failed('textErrors')];
    this.failures += rows.size + columns.size;
    for (const field of ['cosines', 'scores', 'probabilities']) {
      const masked = (expected[field] as readonly unknown[][]).map((row, i) =>
        row.map((value, j) => (rows.has(i) || columns.has(j) ? null : value)),
      );
      this.compare(masked, got[field], [...path, field]);
    }
    this.compare(expected.selection, got.selection, [...path, 'selection']);
  }

  /** Failed items come last; the others keep their order. */
  #compareRanking(expected: readonly Json[], got: readonly Json[], path: readonly (string | number)[]): void {
    const failed = new Set(got.filter(({ error }) => error !== null).map(({ index }) => index));
    const odd = got.find(({ error }) => error !== null && !isFault(error));
    if (odd !== undefined) return this.#report(path, 'an error of a fault', odd);
    this.failures += failed.size;
    const left = expected.filter(({ index }) => !failed.has(index));
    if (left.length + failed.size !== got.length) return this.#report(path, expected.length, got.length);
    left.forEach((item, i) => this.compare(item, got[i], [...path, 'items', i]));
  }

  /** A corpus of which a part could not be loaded: the best of the rest, in order, with the values that they have. */
  #compareIncomplete(expected: Json, got: Json, path: readonly (string | number)[]): void {
    this.failures++;
    this.compare(expected.corpus, got.corpus, [...path, 'corpus']);
    const known = new Map((expected.edges as readonly Json[]).map((edge) => [edge.id, edge]));
    const edges = got.edges as readonly Json[];
    for (const edge of edges) {
      const same = known.get(edge.id);
      if (same !== undefined && !isDeepStrictEqual(same, edge)) this.#report([...path, 'edges'], same, edge);
    }
  }

  #report(path: readonly (string | number)[], expected: unknown, got: unknown): void {
    const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 200);
    this.problem ??= `${path.join('.')}: expected ${show(expected)}, got ${show(got)}`;
  }
}

function sameName(a: unknown, b: unknown): boolean {
  return isObject(a) && isObject(b) && a.name === b.name;
}
