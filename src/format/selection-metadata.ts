import { type JsonObject, type JsonValue, canonicalJson } from './canonical-json.ts';
import { corrupt } from './corrupt-record.ts';
import type { SelectionRecord } from './selection-check.ts';

/** The part of a record that is stored as JSON: no numbers the Worker computes with. */
type Metadata = Omit<SelectionRecord, 'model' | 'relevance' | 'domain' | 'anyMatch'>;

/**
 * Canonical JSON, UTF-8: `{"encoder":{"fingerprint","id"},"metrics","params","seed","strategy"}`.
 * @throws RangeError on what JSON cannot hold (NaN, undefined)
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  return new TextEncoder().encode(metadataText(metadata));
}

/** @throws AppError STORAGE_FAILED unless the bytes are exactly what `encodeMetadata` writes */
export function decodeMetadata(bytes: Uint8Array): Metadata {
  const { text, value } = parse(bytes);
  if (!isObject(value) || !isObject(value.encoder) || !isObject(value.metrics) || !isObject(value.params)) {
    throw corrupt('metadata without the objects encoder, metrics and params');
  }
  const { encoder, metrics, params, seed, strategy } = value;
  const { id, fingerprint } = encoder;
  if (typeof id !== 'string' || typeof fingerprint !== 'string' || typeof strategy !== 'string') {
    throw corrupt('metadata without the texts encoder.id, encoder.fingerprint and strategy');
  }
  if (typeof seed !== 'number') throw corrupt(`seed of type ${typeof seed}, expected a number`);
  const metadata = { encoder: { id, fingerprint }, metrics, params, seed, strategy };
  if (!isCanonical(metadata, text))
    throw corrupt('metadata that is not in canonical form, or has unknown fields');
  return metadata;
}

function metadataText({ encoder: { id, fingerprint }, metrics, params, seed, strategy }: Metadata): string {
  return canonicalJson({ encoder: { id, fingerprint }, metrics, params, seed, strategy });
}

function parse(bytes: Uint8Array): { text: string; value: JsonValue } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) as JsonValue };
  } catch (cause) {
    throw corrupt('metadata that is not JSON in UTF-8', { cause });
  }
}

/** Only the canonical text passes: two byte strings never decode to the same record. */
function isCanonical(metadata: Metadata, text: string): boolean {
  try {
    return metadataText(metadata) === text;
  } catch (error) {
    if (error instanceof RangeError) return false; // nests too deep
    throw error;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
