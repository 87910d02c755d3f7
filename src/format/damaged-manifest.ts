import * as v from 'valibot';
import { type EngineSpec, engineSchema } from './corpus-engine.ts';

/** The engines that a manifest names which does not open, as far as its text still tells. */
export interface NamedEngines {
  /** What finds candidates; null: the isolate; undefined: that is not to be read any more. */
  readonly current: EngineSpec | null | undefined;
  /** That may still have rows of earlier manifests. */
  readonly retired: readonly EngineSpec[];
}

/** Of an engine as JSON: at most 32 names of fields, twice. */
const MAX_SPEC_LENGTH = 65_536;
const BEGINNING = /"engine":(\{"kind":"(?:postgres|vectorize)")/g;

/**
 * What can be told of the engines of a corpus from the bytes of its damaged manifest. An engine counts that stands there whole and in its form;
 * no engine counts as the isolate only where all the rest is JSON, or says that the isolate scans full vectors.
 * @param bytes as they are stored
 */
export function enginesOfDamaged(bytes: Uint8Array): NamedEngines {
  const text = new TextDecoder().decode(bytes);
  let current: EngineSpec | null | undefined;
  const retired: EngineSpec[] = [];
  for (const { index, 0: found, 1: start } of text.matchAll(BEGINNING)) {
    const read = readSpec(text, index + found.length - start.length);
    if (read === null) continue;
    // Those that have retired stand in a list, each beside the time.
    const isCurrent = text[index - 1] === ',' && !text.startsWith(',"retiredAt"', read.end);
    if (isCurrent) current ??= read.spec;
    else retired.push(read.spec);
  }
  return { current: current === undefined && saysIsolate(text) ? null : current, retired };
}

/** The object that begins there, and where it ends; null where it is no engine. */
function readSpec(text: string, start: number): { readonly spec: EngineSpec; readonly end: number } | null {
  // No value of it has braces but names of fields, in which case a later end fits.
  const isNear = (at: number): boolean => at >= 0 && at - start < MAX_SPEC_LENGTH;
  for (let at = text.indexOf('}', start); isNear(at); at = text.indexOf('}', at + 1)) {
    const parsed = parse(text.slice(start, at + 1));
    if (parsed === undefined) continue;
    const { success, output } = v.safeParse(engineSchema, parsed);
    return success ? { spec: output, end: at + 1 } : null;
  }
  return null;
}

function saysIsolate(text: string): boolean {
  if (text.includes('"plan":"full"')) return true;
  const parsed = parse(text.slice(text.indexOf('\n') + 1));
  return typeof parsed === 'object' && parsed !== null && 'plan' in parsed && !('engine' in parsed);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON, or not whole
  }
}
