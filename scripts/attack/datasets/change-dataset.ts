import type { CaseRandom } from '../case-random.ts';
import { mutateBytes, replaced } from '../mutate-bytes.ts';
import { concat, uint32 } from '../pictures/bytes.ts';
import { hostileJson, hostileString } from '../requests/hostile-values.ts';
import { mutateText } from '../requests/mutate-text.ts';
import { type SeedDataset, seedDatasets } from './seed-datasets.ts';

const TAR_BLOCK = 512;
const MAX_BYTES = 4_000_000;

/** A dataset's file changed by its structure, or by its bytes; a few that were not. */
export function makeDataset(random: CaseRandom): SeedDataset {
  const seed = random.pick(seedDatasets());
  if (random.chance(0.03)) return seed;
  const changed = random.chance(0.65)
    ? CHANGES[seed.kind](seed.bytes, random)
    : mutateBytes(seed.bytes, random);
  return { ...seed, bytes: changed.subarray(0, MAX_BYTES) };
}

const CHANGES: Readonly<Record<SeedDataset['kind'], (bytes: Uint8Array, random: CaseRandom) => Uint8Array>> =
  {
    text: changeText,
    parquet: changeParquet,
    tar: changeTar,
    npy: changeNpy,
  };

function changeText(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  const lines = text.split('\n');
  const line = random.nextInt(lines.length);
  const put = random.pick<() => string>([
    () => mutateText(text, random),
    () => lines.with(line, hostileJson(random)).join('\n'),
    () => lines.with(line, hostileString(random)).join('\n'),
    () =>
      lines
        .with(
          line,
          lines[line].replace(/book\.jpg|flag\.jpg|a book/, () => hostileString(random)),
        )
        .join('\n'),
    () => lines.with(line, `"${lines[line]}`).join('\n'),
    () =>
      lines
        .with(
          line,
          `{"__proto__":{"image":"a.jpg"},"constructor":1,"image":"a.jpg","caption":${hostileJson(random)}}`,
        )
        .join('\n'),
    () => [...lines, ...Array<string>(random.skewed(1, 20_000)).fill(lines[line])].join('\n'),
    () => lines.map((one) => one + random.pick([',', '\t', ',,', '\r', '\0'])).join('\n'),
    () =>
      lines
        .with(
          0,
          random.pick([
            'image,image,caption',
            'caption',
            '',
            '__proto__,constructor',
            'image,caption'.repeat(2_000),
          ]),
        )
        .join('\n'),
    () => `\ufeff${text}`,
    () => text.replaceAll('\n', '\r'),
    () => text.slice(0, random.nextInt(text.length)),
  ])();
  if (random.chance(0.05)) return new Uint8Array(Buffer.from(put, 'utf16le'));
  return new Uint8Array(Buffer.from(put, 'utf8'));
}

/** The footer says where everything lies; its length stands in the last 8 bytes. */
function changeParquet(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  const end = bytes.length;
  if (random.chance(0.2)) {
    return replaced(
      bytes,
      end - 8,
      end - 4,
      uint32(random.pick([0, 1, end, end * 2, 0x7fffffff, 0xffffffff, random.nextInt(end)]), true),
    );
  }
  const footer = new DataView(bytes.buffer, bytes.byteOffset, end).getUint32(end - 8, true);
  const from = Math.max(4, end - 8 - footer);
  const changed = new Uint8Array(bytes);
  // In the footer Thrift's variable-length numbers: counts, sizes, offsets, types. Before it pages, and their headers.
  const [low, high] = random.chance(0.7) ? [from, end - 8] : [4, from];
  for (let times = random.skewed(1, 12); times > 0; times--) {
    changed[low + random.nextInt(Math.max(1, high - low))] = random.pick([
      0,
      1,
      0x7f,
      0x80,
      0xff,
      0xfe,
      random.nextInt(256),
    ]);
  }
  return changed;
}

/** Headers of entries with sizes, names, kinds and checksums that do not fit. */
function changeTar(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  const entry = TAR_BLOCK * random.nextInt(Math.floor(bytes.length / TAR_BLOCK));
  const field = random.pick([
    { at: 124, text: '77777777777\0' },
    { at: 124, text: '00000000000\0' },
    { at: 124, text: '-0000000001\0' },
    { at: 124, text: '\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff' },
    { at: 0, text: `${'../'.repeat(30)}etc/passwd\0` },
    { at: 0, text: '/etc/passwd\0' },
    { at: 0, text: '\0' },
    { at: 0, text: '__proto__.jpg\0' },
    { at: 156, text: random.pick(['L', 'K', 'x', 'g', '1', '2', '5', 'S', '\0', 'Z']) },
    { at: 257, text: 'nonsense' },
  ]);
  const head = new Uint8Array(bytes.subarray(entry, entry + TAR_BLOCK));
  head.set(Buffer.from(field.text, 'latin1').subarray(0, TAR_BLOCK - field.at), field.at);
  // By its checksum a changed header is still one.
  if (random.chance(0.8)) {
    head.fill(32, 148, 156);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  }
  const changed = replaced(bytes, entry, entry + TAR_BLOCK, head);
  if (random.chance(0.1))
    return concat([changed, new Uint8Array(random.skewed(1, 100_000)).fill(random.nextInt(256))]);
  return random.chance(0.2) ? changed.slice(0, random.nextInt(changed.length)) : changed;
}

/** The header is a Python literal; its length stands before it. */
function changeNpy(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  const length = bytes[8] | (bytes[9] << 8);
  const header = Buffer.from(bytes.subarray(10, 10 + length)).toString('latin1');
  const shape = random.pick([
    '(0, 4)',
    '(4, 0)',
    '()',
    '(1,)',
    '(-1, 4)',
    '(99999999999999999999, 4)',
    '(4294967296, 4294967296)',
    '(1, 2, 3)',
    '(4, 4',
    '(a, b)',
    '(1e3, 4)',
    '(True, 4)',
    '(4L, 4)',
  ]);
  const descr = random.pick([
    "'<f4'",
    "'>f8'",
    "'|O'",
    "'<U9999999'",
    "'<c16'",
    "[('a', '<f4')]",
    "'<f3'",
    "'|V99999999'",
    "''",
    "'__proto__'",
  ]);
  const put = random.pick([
    header.replace(/\([^)]*\)/, shape),
    header.replace(/'[<>|=]?[a-z]\d'/, descr),
    header.replace(/True|False/, random.pick(['True', 'False', 'None', '1'])),
    mutateText(header, random),
    `${'{'.repeat(random.skewed(1, 60_000))}`,
    ' '.repeat(65_535),
  ]);
  const text = new Uint8Array(Buffer.from(put, 'latin1')).subarray(0, 65_535);
  const told = random.chance(0.85) ? text.length : random.pick([0, 1, 0xffff, length]);
  return concat([
    bytes.subarray(0, 6),
    Uint8Array.of(random.chance(0.95) ? 1 : random.nextInt(256), 0, told & 255, told >> 8),
    text,
    bytes.subarray(10 + length),
  ]);
}
