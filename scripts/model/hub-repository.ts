import * as v from 'valibot';
import { UserError } from '../cli/user-error.ts';

const HUB = 'https://huggingface.co';
const ANSWER_WITHIN_MS = 30_000;
const UNREACHABLE = /^(fetch failed|The operation was aborted due to timeout)/;

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex SHA-256 of large files; null: the hub knows the file by git's own hash. */
  readonly sha256: string | null;
  /** Hex SHA-1 over git's header and the content; of a large file over its pointer. */
  readonly gitSha1: string;
}

export interface HubRepository {
  readonly files: ReadonlyMap<string, HubFile>;
  urlOf(path: string): string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RepositoryName {
  readonly id: string;
  readonly revision: string;
  /** A mirror of the hub; null: the hub itself. */
  readonly host: string | null;
}

const hash = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const listSchema = v.array(
  v.looseObject({
    type: v.string(),
    path: v.string(),
    size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    oid: hash(40),
    lfs: v.optional(v.looseObject({ oid: hash(64) })),
  }),
);

/**
 * Ask the hub which files a repository has at a revision. HF_TOKEN of the environment is sent to the hub where it is set.
 * @throws UserError when it cannot be reached, has no such repository, or answers something else
 */
export async function openRepository({ id, revision, host }: RepositoryName): Promise<HubRepository> {
  const base = (host ?? HUB).replace(/\/$/, '');
  const token = process.env.HF_TOKEN;
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const files = new Map<string, HubFile>();
  let url: string | null = `${base}/api/models/${id}/tree/${encodeURIComponent(revision)}?recursive=true`;
  while (url !== null) {
    const response = await ask(url, headers);
    if (!response.ok) throw refusal(response.status, { id, revision, host });
    const parsed = v.safeParse(listSchema, await response.json().catch(() => null));
    if (!parsed.success) {
      throw new UserError(`${base} lists the files of ${id} in a form that is not the hub's`);
    }
    for (const { type, path, size, oid, lfs } of parsed.output) {
      if (type === 'file') files.set(path, { path, bytes: size, sha256: lfs?.oid ?? null, gitSha1: oid });
    }
    url = nextPage(response, base);
  }
  return {
    files,
    headers,
    urlOf: (path) => `${base}/${id}/resolve/${encodeURIComponent(revision)}/${path}`,
  };
}

/** Of a long list, at the same place: a token goes nowhere else. */
function nextPage(response: Response, base: string): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return next?.startsWith(`${base}/`) ? next : null;
}

async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch (error) {
    throw unreachable(error);
  }
}

/** What to say of a failed connection; other errors as they are. */
function unreachable(error: unknown): unknown {
  if (!(error instanceof Error) || !UNREACHABLE.test(error.message)) return error;
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new UserError(
    `The hub cannot be reached (${reason || 'no answer'}). Run this where it can, or copy a folder with config.json, preprocessor_config.json, ` +
      'tokenizer.json and the two towers in onnx/ to models/<id> by hand.',
    { cause: error },
  );
}

function refusal(status: number, { id, revision }: RepositoryName): UserError {
  if (status === 404)
    return new UserError(`The hub has no repository ${id}, or no revision ${revision} of it.`);
  if (status === 401 || status === 403) {
    return new UserError(
      `The hub does not show ${id}: there is none, or it is private or asks for consent. Set HF_TOKEN to a token that may read it.`,
    );
  }
  return new UserError(`The hub answered ${status} for ${id}. Try again later.`);
}
