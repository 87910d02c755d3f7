import type { ApiRequest } from './request.ts';

/** Longest fragment that every current browser takes in a link. */
const MAX_FRAGMENT_CHARACTERS = 500_000;

/**
 * A request as a shell command that gives the same answer anywhere: JSON by a here-document, so that no quoting can go
 * wrong, and files by `-F`, to be run where they lie.
 * @param origin such as `http://127.0.0.1:8787`
 * @param needsKey it takes a key from the environment: one in the command would end in the shell's history
 */
export function toCurl(
  { query, variables, files = [] }: ApiRequest,
  origin: string,
  needsKey = false,
): string {
  const curl = `curl -s ${origin}/graphql${needsKey ? ' -H "authorization: Bearer $ALIGNQL_KEY"' : ''}`;
  const operations = JSON.stringify({ query, variables });
  if (files.length === 0) {
    const json = JSON.stringify({ query, variables }, null, 2);
    return `${curl} -H 'content-type: application/json' --data-binary @- <<'JSON'\n${json}\nJSON`;
  }
  const map = JSON.stringify(Object.fromEntries(files.map((file, index) => [index, [file.path]])));
  const parts = [
    `operations=${operations}`,
    `map=${map}`,
    ...files.map((file, index) => `${index}=@${file.name}`),
  ];
  const start = `${curl} -H 'graphql-require-preflight: 1'`;
  return [start, ...parts.map((part) => `-F ${quote(part)}`)].join(' \\\n  ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * GraphiQL's address with the request filled in. Files, which GraphiQL cannot send, become base64 in the variables.
 * @returns null when that makes a longer link than browsers take
 */
export async function toGraphiqlLink(request: ApiRequest): Promise<string | null> {
  const bytes = (request.files ?? []).reduce((sum, file) => sum + file.blob.size, 0);
  if (bytes > MAX_FRAGMENT_CHARACTERS) return null;
  const variables = structuredClone(request.variables);
  for (const file of request.files ?? []) {
    put(variables, file.path.split('.').slice(1, -1), { base64: await toDataUri(file.blob) });
  }
  const fragment = new URLSearchParams({
    query: request.query,
    variables: JSON.stringify(variables, null, 2),
  });
  return String(fragment).length > MAX_FRAGMENT_CHARACTERS ? null : `/graphiql/#${fragment}`;
}

/** Replace what lies at a path such as ['images', '0'] of nested objects and arrays. */
function put(root: unknown, path: readonly string[], value: unknown): void {
  let place = root;
  for (const step of path.slice(0, -1)) place = Reflect.get(Object(place), step);
  const last = path.at(-1);
  if (last !== undefined) Reflect.set(Object(place), last, value);
}

function toDataUri(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('The file could not be read.'));
    reader.readAsDataURL(blob);
  });
}
