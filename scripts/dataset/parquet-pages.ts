import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { parquetHeader } from './bounded-hyparquet.ts';

type Column = FileMetaData['row_groups'][number]['columns'][number];

/** A page's header, statistics left out, takes some dozens of bytes. */
const HEADER_BYTES = 4_096;
const MAX_PAGE_BYTES = 2 ** 31 - 1;

/**
 * Walks the headers of the pages of these columns. hyparquet takes their lengths and counts as they stand: one that is too large makes
 * it write for minutes, and one below 0 goes back in the file, again and again.
 * @throws RangeError for a page that holds more than its column or does not lie in it, Error for what is no header
 */
export async function assertSoundPages(
  file: AsyncBuffer,
  { row_groups: groups }: FileMetaData,
  columns: readonly string[],
): Promise<void> {
  for (const { columns: chunks } of groups) {
    for (const chunk of chunks) {
      const [name = ''] = chunk.meta_data?.path_in_schema ?? [];
      if (columns.includes(name)) await assertSoundChunk(file, chunk);
    }
  }
}

async function assertSoundChunk(file: AsyncBuffer, { meta_data: meta }: Column): Promise<void> {
  if (meta === undefined) return;
  const { dictionary_page_offset: dictionary, data_page_offset: data } = meta;
  let at = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
  const end = at + Number(meta.total_compressed_size);
  if (!(at >= 0 && end >= at && end <= file.byteLength)) throw damaged();
  const most = Number(meta.num_values);
  for (let values = 0; values < most && at < end - 1;) {
    const { header, length } = await readHeader(file, at, end);
    const { compressed_page_size: bytes } = header;
    const count = valuesOf(header);
    const lies = isCount(bytes, end - at - length) && isCount(count, most - values);
    if (!lies || !isSoundPage(header, most)) throw damaged();
    values += count;
    at += length + bytes;
  }
}

type PageHeader = ReturnType<typeof parquetHeader>;

/** Whether the counts and lengths of a page fit its own size. @param most values of its column */
function isSoundPage(header: PageHeader, most: number): boolean {
  const { uncompressed_page_size: whole } = header;
  const words = header.dictionary_page_header?.num_values ?? 0;
  return (
    isCount(whole, MAX_PAGE_BYTES) &&
    haveSoundLevels(header) &&
    // A word of a dictionary takes a byte at least, but where all have no length.
    isCount(words, Math.max(whole, most))
  );
}

/** Of a page of the second version the levels stand before the data, and hyparquet goes on behind them wherever that is. */
function haveSoundLevels({ compressed_page_size: bytes, data_page_header_v2: v2 }: PageHeader): boolean {
  if (v2 === undefined) return true;
  const { num_values: values, num_rows: rows, num_nulls: nulls } = v2;
  const { definition_levels_byte_length: definitions, repetition_levels_byte_length: repetitions } = v2;
  const areLevels = isCount(definitions, bytes) && isCount(repetitions, bytes - definitions);
  return areLevels && isCount(rows, values) && isCount(nulls, values);
}

/** Values of a page, 0 of a dictionary; what is no number where the header does not say it. */
function valuesOf({ type, data_page_header: v1, data_page_header_v2: v2 }: PageHeader): number {
  if (type === 'DATA_PAGE') return v1?.num_values ?? NaN;
  return type === 'DATA_PAGE_V2' ? (v2?.num_values ?? NaN) : 0;
}

async function readHeader(
  file: AsyncBuffer,
  at: number,
  end: number,
): Promise<{ readonly header: PageHeader; readonly length: number }> {
  for (const limit of [HEADER_BYTES, Infinity]) {
    const buffer = await file.slice(at, Math.min(end, at + limit));
    const reader = { view: new DataView(buffer), offset: 0 };
    try {
      return { header: parquetHeader(reader), length: reader.offset };
    } catch (error) {
      // Its statistics may be longer: they hold the least and the greatest value.
      if (limit === Infinity || at + limit >= end) throw error;
    }
  }
  throw damaged();
}

function isCount(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function damaged(): RangeError {
  return new RangeError('a page does not fit its column');
}
