import { toBase64 } from './vectors.ts';

/** Up to so many bytes of files go inside the JSON as base64; more by multipart, which does not grow by a third. */
const INLINE_BYTES = 32_768;

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface RequestBody {
  readonly body: string | FormData;
  readonly headers: Readonly<Record<string, string>>;
}

type Copy = Record<string, unknown>;

/** A Blob among the variables, and where it stood in their copy. */
interface Upload {
  readonly file: Blob;
  readonly path: string;
  readonly holder: Copy;
}

/**
 * One GraphQL request as JSON, or by the GraphQL multipart request specification when its files are large. A Blob that stands in
 * several places of `variables` is sent once. What the caller changes in them later makes no difference.
 * Source: https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export async function toRequestBody({ query, variables }: GraphqlRequest): Promise<RequestBody> {
  const uploads: Upload[] = [];
  const request = { query, variables: copyOf(variables, 'variables', uploads) };
  const files = [...new Set(uploads.map(({ file }) => file))];
  if (files.reduce((sum, { size }) => sum + size, 0) <= INLINE_BYTES) {
    for (const { file, holder } of uploads) {
      delete holder.upload;
      holder.base64 = toBase64(new Uint8Array(await file.arrayBuffer()));
    }
    return { body: JSON.stringify(request), headers: { 'content-type': 'application/json' } };
  }
  const body = new FormData();
  const pathsOf = (file: Blob): string[] =>
    uploads.filter((upload) => upload.file === file).map(({ path }) => path);
  body.set('operations', JSON.stringify(request));
  body.set('map', JSON.stringify({ ...files.map(pathsOf) }));
  files.forEach((file, i) => body.set(String(i), file));
  // A form is what any page may post to another site: the header says that this is none of those.
  return { body, headers: { 'graphql-require-preflight': '1' } };
}

/** With null for every Blob. */
function copyOf(value: unknown, path: string, uploads: Upload[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value) return (value as { toJSON(): unknown }).toJSON();
  const copy = (Array.isArray(value) ? [] : {}) as Copy;
  for (const [key, inner] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (inner instanceof Blob) uploads.push({ file: inner, path: at, holder: copy });
    copy[key] = inner instanceof Blob ? null : copyOf(inner, at, uploads);
  }
  return copy;
}
