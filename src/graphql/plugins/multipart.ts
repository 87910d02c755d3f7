import { quote } from '../../errors.ts';
import { LIMITS } from '../../use-cases/limits.ts';
import { badRequest } from '../../body/bad-request.ts';
import { readForm } from '../../body/form-body.ts';
import { assertFewValues } from '../../body/request-structure.ts';

/** "operations", "map" and files, and as many again for what stands in a file by chance. */
const MAX_PARTS = 2 * (LIMITS.images + 2);

type JsonContainer = Record<string, unknown>;

/**
 * Uploads by the GraphQL multipart request specification, in place of yoga's parser: every mistake of form is a 400 that
 * names it, a path in `map` can only fill a null in `variables`, and no foreign page can have posted it.
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export async function parseMultipart(request: Request): Promise<JsonContainer> {
  const form = await readForm(request, MAX_PARTS);
  const operations = readJson(form, 'operations');
  const map = form.has('map') ? readJson(form, 'map') : {};
  const paths = Object.entries(map);
  if (paths.length > LIMITS.images) {
    throw badRequest(`Expected at most ${LIMITS.images} files, got ${paths.length}.`, {
      code: 'LIMIT_EXCEEDED',
    });
  }
  for (const [field, targets] of paths) {
    const file = readOnce(form, field);
    if (!(file instanceof Blob))
      throw badRequest(`The field ${quote(field)} of "map" is no file of the request.`);
    if (!Array.isArray(targets)) throw badRequest(`Expected a list of paths for ${quote(field)} in "map".`);
    for (const target of targets) place(operations, target, file);
  }
  return operations;
}

function readJson(form: FormData, field: string): JsonContainer {
  const text = readOnce(form, field);
  if (typeof text !== 'string') throw badRequest(`Expected the field "${field}" as text.`);
  const value = parseJson(text, field);
  if (isContainer(value) && !Array.isArray(value)) return value;
  throw badRequest(
    `Expected a JSON object in the field "${field}". Batches of operations are not supported.`,
  );
}

/** Null for a field that is not there. @throws BadRequest for one that is there twice */
function readOnce(form: FormData, field: string): File | string | null {
  const values = form.getAll(field);
  if (values.length > 1) {
    throw badRequest(`Expected the field ${quote(field)} once, got it ${values.length} times.`);
  }
  return values.at(0) ?? null;
}

function parseJson(text: string, field: string): unknown {
  assertFewValues(text);
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`The field "${field}" is not JSON.`);
  }
}

/** Puts the file where the client has left a null for it, as the specification asks; nothing else is ever overwritten. */
function place(operations: JsonContainer, target: unknown, file: Blob): void {
  const steps = typeof target === 'string' ? target.split('.') : [];
  const last = steps.pop();
  let at: unknown = steps[0] === 'variables' ? operations : undefined;
  for (const step of steps) at = isContainer(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  if (last === undefined || !isContainer(at) || !Object.hasOwn(at, last) || at[last] !== null) {
    const got = typeof target === 'string' ? quote(target) : 'something else than text';
    throw badRequest(`Expected a path to a null in "variables", got ${got} in "map".`);
  }
  at[last] = file;
}

function isContainer(value: unknown): value is JsonContainer {
  return typeof value === 'object' && value !== null;
}
