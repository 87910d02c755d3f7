import { type Domain } from '../core/calibration/domain.ts';
import { corrupt } from './corrupt-record.ts';
import { domainBytes, readDomain, writeDomain } from './domain-section.ts';

/** What a record may have besides, in this order; records from before are without. */
export interface RecordSections {
  readonly domain?: Domain;
}

const HEADER_BYTES = 8;
const KIND_DOMAIN = 1;

/** 0 where there is none. */
export function sectionsBytes({ domain }: RecordSections): number {
  return domain === undefined ? 0 : HEADER_BYTES + domainBytes(domain);
}

/** Each section as kind, length of what follows, and that. @param bytes of `sectionsBytes` */
export function writeSections(bytes: Uint8Array, { domain }: RecordSections): void {
  if (domain !== undefined) {
    const length = domainBytes(domain);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(0, KIND_DOMAIN, true);
    view.setUint32(4, length, true);
    writeDomain(new DataView(bytes.buffer, bytes.byteOffset + HEADER_BYTES, length), domain);
  }
}

/**
 * @param bytes of all sections, to the end
 * @throws AppError STORAGE_FAILED for a section that is cut, unknown or not in its order
 */
export function readSections(bytes: Uint8Array, dim: number): RecordSections {
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
    if (kind === KIND_DOMAIN) sections = { ...sections, domain: readDomain(content, dim) };
    else throw corrupt(`section kind ${kind}, expected 1 (domain); a newer version may know it`);
    offset += length;
  }
  return sections;
}
