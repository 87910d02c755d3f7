import { toBase64 } from './vectors.ts';

/** Up to so many bytes of files go inside the JSON as base64; more by multipart, which does not grow by a third. */
const INLINE_BYTES = 32_768;

export interface RequestBody {
  readonly body: string | FormData;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * One GraphQL request as JSON, or by the GraphQL multipart request specification when its files are large. A Blob that stands in
 * several places of `variables` is sent once.
 * Source: https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export async function toRequestBody(
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<RequestBody> {
  const files = new Map<Blob, string[]>();
  collectFiles(variables, 'variables', files);
  const bytes = [...files.keys()].reduce((sum, { size }) => sum + size, 0);
  return bytes > INLINE_BYTES ? toForm(query, variables, files) : toJson(query, variables, files.keys());
}

function collectFiles(value: unknown, path: string, files: Map<Blob, string[]>): void {
  if (value instanceof Blob) files.set(value, [...(files.get(value) ?? []), path]);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) collectFiles(inner, `${path}.${key}`, files);
  }
}

function toForm(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  files: ReadonlyMap<Blob, readonly string[]>,
): RequestBody {
  const body = new FormData();
  const operations = JSON.stringify({ query, variables }, (_, value: unknown) =>
    value instanceof Blob ? null : value,
  );
  body.set('operations', operations);
  body.set('map', JSON.stringify(Object.fromEntries([...files.values()].map((paths, i) => [i, paths]))));
  [...files.keys()].forEach((file, i) => body.set(String(i), file));
  // A form is what any page may post to another site: the header says that this is none of those.
  return { body, headers: { 'graphql-require-preflight': '1' } };
}

async function toJson(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  files: Iterable<Blob>,
): Promise<RequestBody> {
  const texts = new Map<Blob, string>();
  for (const file of files) texts.set(file, toBase64(new Uint8Array(await file.arrayBuffer())));
  const body = JSON.stringify({ query, variables }, (_, value: unknown) => {
    const upload = (value as { readonly upload?: unknown } | null)?.upload;
    return upload instanceof Blob ? { base64: texts.get(upload) } : value;
  });
  return { body, headers: { 'content-type': 'application/json' } };
}
