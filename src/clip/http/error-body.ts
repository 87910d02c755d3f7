import { isRecord } from './rows.ts';

/** What a peer says of a failure; empty where it says nothing that can be read. */
export interface ErrorBody {
  readonly message: string;
  /** Its own name for the kind: `code` and `type`, where they are words. */
  readonly kind: string;
}

const NOTHING: ErrorBody = { message: '', kind: '' };

/**
 * An error body of any of the forms that peers use: nested `{error: {message, type, code}}` (OpenAI, Infinity, vLLM), flat
 * `{message, code, type}` (older vLLM, TEI, Cohere), `{error: "..."}` (TEI), `{detail: "..."}` and `{detail: [{loc, msg}]}` (FastAPI:
 * Infinity, Immich, Jina, Voyage, Replicate), problem details `{title, detail}`, `{errors: [{message}]}` (Cloudflare).
 * @param text the body; HTML and cut JSON give nothing
 */
export function readErrorBody(text: string): ErrorBody {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return NOTHING; // a proxy's page, or nothing
  }
  return readError(body);
}

function readError(body: unknown): ErrorBody {
  if (!isRecord(body)) return NOTHING;
  const { error, errors, detail, message, title } = body;
  if (isRecord(error)) return readError(error);
  const [first]: unknown[] = Array.isArray(errors) ? errors : [];
  if (isRecord(first)) return readError(first);
  const said = [message, detail, error, title].find((value) => value !== undefined && value !== null);
  return { message: messageOf(said), kind: [body.code, body.type, body.error_type].filter(isWord).join(' ') };
}

function messageOf(said: unknown): string {
  if (typeof said === 'string') return said;
  if (Array.isArray(said)) return said.map(ofValidation).filter(Boolean).join('; ');
  return isRecord(said) ? readError(said).message : '';
}

/** FastAPI's `{loc: ["body", "input", 1], msg: "..."}`. */
function ofValidation(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (!isRecord(entry) || typeof entry.msg !== 'string') return '';
  return Array.isArray(entry.loc) ? `${entry.loc.join('.')}: ${entry.msg}` : entry.msg;
}

function isWord(value: unknown): value is string {
  return typeof value === 'string';
}
