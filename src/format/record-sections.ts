import type { AnyMatch } from '../core/calibration/any-match.ts';
import type { Domain } from '../core/calibration/domain.ts';
import type { DecisionEvidence, LogOddsInterval } from '../core/scoring/selection-model.ts';
import { ANY_MATCH_BYTES, readAnyMatch, writeAnyMatch } from './any-match-section.ts';
import {
  evidenceBytes,
  intervalBytes,
  readEvidence,
  readInterval,
  writeEvidence,
  writeInterval,
} from './calibrator-sections.ts';
import { contrastBytes, hasContrast, readContrasts, writeContrasts } from './contrast-section.ts';
import { corrupt } from './corrupt-record.ts';
import { domainBytes, readDomain, writeDomain } from './domain-section.ts';
import { type RecordRows, readRows, rowsBytes, writeRows } from './rows-section.ts';

/** What a record may have besides, in this order; records from before are without. */
export interface RecordSections {
  readonly domain?: Domain;
  readonly rows?: RecordRows;
  /** Of Platt scaling. */
  readonly interval?: LogOddsInterval;
  readonly evidence?: DecisionEvidence;
  readonly anyMatch?: AnyMatch;
}

const HEADER_BYTES = 8;
const KIND_DOMAIN = 1;
const KIND_ROWS = 2;
const KIND_INTERVAL = 3;
const KIND_EVIDENCE = 4;
const KIND_ANY_MATCH = 5;
const KIND_CONTRAST = 6;

interface Section {
  readonly kind: number;
  readonly length: number;
  /** @param view of `length` */
  readonly write: (view: DataView) => void;
}

/** Those that are there, kinds ascending. */
function sectionsOf({ domain, rows, interval, evidence, anyMatch }: RecordSections): Section[] {
  const sections: Section[] = [];
  if (domain !== undefined) {
    const write = (view: DataView): void => writeDomain(view, domain);
    sections.push({ kind: KIND_DOMAIN, length: domainBytes(domain), write });
  }
  if (rows !== undefined) {
    const write = (view: DataView): void => writeRows(view, rows);
    sections.push({ kind: KIND_ROWS, length: rowsBytes(rows), write });
  }
  if (interval !== undefined) {
    const write = (view: DataView): void => writeInterval(view, interval);
    sections.push({ kind: KIND_INTERVAL, length: intervalBytes(interval), write });
  }
  if (evidence !== undefined) {
    const write = (view: DataView): void => writeEvidence(view, evidence);
    sections.push({ kind: KIND_EVIDENCE, length: evidenceBytes(evidence), write });
  }
  if (anyMatch !== undefined) {
    const write = (view: DataView): void => writeAnyMatch(view, anyMatch);
    sections.push({ kind: KIND_ANY_MATCH, length: ANY_MATCH_BYTES, write });
  }
  if (domain !== undefined && hasContrast(domain)) {
    const write = (view: DataView): void => writeContrasts(view, domain);
    sections.push({ kind: KIND_CONTRAST, length: contrastBytes(domain), write });
  }
  return sections;
}

/** 0 where there is none. */
export function sectionsBytes(sections: RecordSections): number {
  return sectionsOf(sections).reduce((sum, { length }) => sum + HEADER_BYTES + length, 0);
}

/** Each section as kind, length of what follows, and that. @param bytes of `sectionsBytes` */
export function writeSections(bytes: Uint8Array, sections: RecordSections): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  for (const { kind, length, write } of sectionsOf(sections)) {
    view.setUint32(offset, kind, true);
    view.setUint32(offset + 4, length, true);
    write(new DataView(bytes.buffer, bytes.byteOffset + offset + HEADER_BYTES, length));
    offset += HEADER_BYTES + length;
  }
}

/**
 * @param bytes of all sections, to the end
 * @throws AppError STORAGE_FAILED for a section that is cut, unknown or not in its order
 */
export function readSections(bytes: Uint8Array, { dim, k }: { dim: number; k: number }): RecordSections {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sections: RecordSections = {};
  let last = 0;
  for (let offset = 0; offset < bytes.length;) {
    const left = bytes.length - offset;
    if (left < HEADER_BYTES) throw corrupt(`${left} bytes of a section, expected at least ${HEADER_BYTES}`);
    const kind = view.getUint32(offset, true);
    const length = view.getUint32(offset + 4, true);
    offset += HEADER_BYTES;
    if (length > bytes.length - offset) {
      throw corrupt(`section of ${length} bytes, expected at most ${bytes.length - offset}`);
    }
    if (kind <= last) throw corrupt(`section kind ${kind} after ${last}, expected ascending`);
    last = kind;
    const content = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
    sections = { ...sections, ...readSection(kind, content, { dim, k, domain: sections.domain }) };
    offset += length;
  }
  return sections;
}

function readSection(
  kind: number,
  content: DataView,
  { dim, k, domain }: { readonly dim: number; readonly k: number; readonly domain: Domain | undefined },
): RecordSections {
  switch (kind) {
    case KIND_DOMAIN:
      return { domain: readDomain(content, dim) };
    case KIND_ROWS:
      return { rows: readRows(content, k) };
    case KIND_INTERVAL:
      return { interval: readInterval(content) };
    case KIND_EVIDENCE:
      return { evidence: readEvidence(content) };
    case KIND_ANY_MATCH:
      return { anyMatch: readAnyMatch(content) };
    case KIND_CONTRAST:
      return { domain: readContrasts(content, dim, domain) };
    default:
      throw corrupt(
        `section kind ${kind}, expected 1 (domain), 2 (rows), 3 (interval), 4 (evidence), 5 (any match) or 6 (contrast); a newer version may know it`,
      );
  }
}
