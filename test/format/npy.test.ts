import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { decodeNpy, encodeNpy, readEmbeddings, readIntegers } from '../../src/format/npy.ts';

/** A file put together by hand from the format's text, so that the decoder is not only tested on our encoder. */
function npyBytes(dict: string, data: readonly number[], version = 1): Uint8Array {
  const text = new TextEncoder().encode(`${dict}\n`);
  const length =
    version === 1
      ? [text.length & 255, text.length >> 8]
      : [0, 8, 16, 24].map((shift) => (text.length >> shift) & 255);
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...data]);
}

function header(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}

function failure(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected an AppError, got none');
}

describe('decodeNpy', () => {
  const cases: [string, number[], number[]][] = [
    ['<f2', [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b], [1, -2, 2 ** -24, 65504]],
    ['>f2', [0x3c, 0x00, 0x35, 0x55], [1, 1365 / 4096]],
    ['<f4', [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], [1, -2]],
    ['>f4', [0x3f, 0x80, 0, 0], [1]],
    ['<f8', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [1]],
    ['|i1', [0xff, 0x7f], [-1, 127]],
    ['<i2', [0xfe, 0xff], [-2]],
    ['>i2', [0xff, 0xfe], [-2]],
    ['<i4', [0xfe, 0xff, 0xff, 0xff], [-2]],
    ['<i8', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-2]],
    ['|u1', [0xff], [255]],
    ['<u2', [0x01, 0x02], [513]],
    ['>u4', [0, 0, 1, 2], [258]],
    ['<u8', [0, 0, 0, 0, 1, 0, 0, 0], [2 ** 32]],
    ['|b1', [0, 1, 5], [0, 1, 1]],
  ];
  it.each(cases)('reads %s', (descr, data, expected) => {
    const array = decodeNpy(npyBytes(header(descr, `(${expected.length},)`), data));
    expect([...array.data]).toEqual(expected);
    expect(array.shape).toEqual([expected.length]);
  });

  it('reads the float16 specials', () => {
    const bytes = npyBytes(header('<f2', '(3,)'), [0x00, 0x7c, 0x00, 0xfc, 0x00, 0x7e]);
    expect([...decodeNpy(bytes).data]).toEqual([Infinity, -Infinity, NaN]);
  });

  it('turns Fortran order into row-major, in two and three dimensions', () => {
    const matrix = decodeNpy(npyBytes(header('|u1', '(2, 3)', 'True'), [1, 4, 2, 5, 3, 6]));
    expect([...matrix.data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(matrix.fortranOrder).toBe(true);
    // element (i, j, l) stored at i + 2j + 4l; row-major order walks l fastest
    const cube = decodeNpy(npyBytes(header('|u1', '(2, 2, 2)', 'True'), [0, 4, 2, 6, 1, 5, 3, 7]));
    expect([...cube.data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it.each([1, 2, 3])('reads format version %i', (version) => {
    expect([...decodeNpy(npyBytes(header('|u1', '(2,)'), [7, 8], version)).data]).toEqual([7, 8]);
  });

  it('reads scalars, empty arrays, other key orders, double quotes and Python 2 longs', () => {
    expect(decodeNpy(npyBytes(header('|u1', '()'), [9]))).toMatchObject({ shape: [] });
    expect(decodeNpy(npyBytes(header('<f4', '(0, 512)'), [])).data).toHaveLength(0);
    const odd = `{"shape": (1L, 2L), "fortran_order": False, "descr": "|u1"}`;
    expect(decodeNpy(npyBytes(odd, [1, 2])).shape).toEqual([1, 2]);
  });

  it('reads from an unaligned view', () => {
    const bytes = encodeNpy(Float32Array.of(1.5, 2.5), [2]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect([...decodeNpy(shifted.subarray(3)).data]).toEqual([1.5, 2.5]);
  });

  const hostile: [string, Uint8Array, RegExp][] = [
    ['no bytes', new Uint8Array(), /begin with.*an empty file/],
    ['other bytes', new TextEncoder().encode('image,caption\n'), /begin with.*14 bytes beginning "image,ca"/],
    ['version 9', npyBytes(header('|u1', '(1,)'), [1], 9), /version 1, 2 or 3, got 9/],
    ['a cut header', npyBytes(header('|u1', '(1,)'), [1]).subarray(0, 30), /header of 58 bytes, got 20/],
    ['a cut length field', npyBytes('', [], 2).subarray(0, 10), /at least 12 bytes, got 10/],
    [
      'a header of 4 GB',
      Uint8Array.from([...npyBytes('', [], 2).subarray(0, 8), 255, 255, 255, 255]),
      /at most 65535 bytes, got 4294967295/,
    ],
    [
      'cut data',
      npyBytes(header('<f4', '(2, 3)'), [0, 0, 0, 0]),
      /shape \(2, 3\) of f4: expected 24 bytes of data, got 4/,
    ],
    ['bytes after the data', npyBytes(header('|u1', '(1,)'), [1, 2]), /expected 1 bytes of data, got 2/],
    [
      'a huge shape',
      npyBytes(header('<f8', '(9007199254740991, 9007199254740991)'), []),
      /expected .* bytes of data, got 0/,
    ],
    ['a dimension beyond 2^53', npyBytes(header('<f8', '(9007199254740993,)'), []), /below 2\^53/],
    ['33 dimensions', npyBytes(header('|u1', `(${'1, '.repeat(33)})`), [1]), /at most 32 dimensions, got 33/],
    ['a negative dimension', npyBytes(header('|u1', '(-1,)'), []), /got "'shape': \(-1,\)/],
    ['objects', npyBytes(header('|O', '(1,)'), [1]), /dtype.*\|O/],
    ['strings', npyBytes(header('<U3', '(1,)'), [1]), /dtype.*<U3/],
    ['complex numbers', npyBytes(header('<c8', '(1,)'), [1]), /dtype.*<c8/],
    ['a dtype of no such size', npyBytes(header('<f1', '(1,)'), [1]), /dtype.*<f1/],
    [
      'a record dtype',
      npyBytes(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`, [1]),
      /one plain dtype/,
    ],
    ['a missing key', npyBytes(`{'descr': '<f4', 'shape': (1,), }`, [1]), /got descr, shape/],
    [
      'a repeated key',
      npyBytes(`{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}`, [1]),
      /header keys/,
    ],
    [
      'a shape that is no tuple',
      npyBytes(`{'descr': '|u1', 'fortran_order': False, 'shape': True}`, [1]),
      /tuple/,
    ],
    ['no dict', npyBytes('import os', [1]), /header like/],
    [
      'an integer of 64 bits',
      npyBytes(header('<u8', '(1,)'), Array(8).fill(255)),
      /53 bits, got 18446744073709551615/,
    ],
  ];
  it.each(hostile)('refuses %s and names what it found', (_, bytes, message) => {
    const error = failure(() => decodeNpy(bytes));
    expect(error.code).toBe('BAD_INPUT');
    expect(error.message).toMatch(message);
  });

  it('refuses every truncation of a good file', () => {
    const bytes = encodeNpy(Float32Array.of(1, 2, 3, 4), [2, 2]);
    for (let length = 0; length < bytes.length; length++) {
      expect(failure(() => decodeNpy(bytes.subarray(0, length))).code).toBe('BAD_INPUT');
    }
  });
});

describe('readEmbeddings', () => {
  it('gives float32 rows whatever the dtype', () => {
    const { embeddings, count, dim } = readEmbeddings(encodeNpy(Float64Array.of(0.5, 1, 2, 3, 4, 5), [3, 2]));
    expect({ count, dim, embeddings }).toEqual({
      count: 3,
      dim: 2,
      embeddings: Float32Array.of(0.5, 1, 2, 3, 4, 5),
    });
  });

  const refused: [string, Uint8Array, RegExp][] = [
    ['a vector', encodeNpy(Float32Array.of(1, 2), [2]), /shape \(count, dim\), got shape \(2\)/],
    ['zero rows', encodeNpy(new Float32Array(), [0, 512]), /got shape \(0, 512\)/],
    ['NaN', encodeNpy(Float32Array.of(1, 2, 3, NaN), [2, 2]), /got NaN at row 1, column 1/],
    ['Infinity', encodeNpy(Float32Array.of(1, -Infinity, 3, 1), [2, 2]), /got -Infinity at row 0, column 1/],
    [
      'a number beyond float32',
      encodeNpy(Float64Array.of(1e300), [1, 1]),
      /expected numbers that float32 can hold \(up to 3\.4e38\), got 1e\+300 at row 0, column 0/,
    ],
  ];
  it.each(refused)('refuses %s', (_, bytes, message) => {
    expect(failure(() => readEmbeddings(bytes)).message).toMatch(message);
  });
});

describe('readIntegers', () => {
  it('reads integer, boolean and whole float vectors', () => {
    expect(readIntegers(encodeNpy(Float64Array.of(0, 1, -5), [3]))).toEqual(Int32Array.of(0, 1, -5));
    expect(readIntegers(npyBytes(header('|b1', '(2,)'), [1, 0]))).toEqual(Int32Array.of(1, 0));
    expect(readIntegers(encodeNpy(Int32Array.of(4, 5), [2, 1]))).toEqual(Int32Array.of(4, 5));
  });

  it.each([
    ['a fraction', encodeNpy(Float32Array.of(1, 0.5), [2]), /got 0.5 at row 1/],
    ['NaN', encodeNpy(Float32Array.of(NaN), [1]), /got NaN at row 0/],
    ['a number beyond int32', encodeNpy(Float64Array.of(2 ** 31), [1]), /got 2147483648 at row 0/],
    ['a matrix', encodeNpy(Float32Array.of(1, 2), [1, 2]), /got shape \(1, 2\)/],
  ])('refuses %s', (_, bytes, message) => {
    expect(failure(() => readIntegers(bytes)).message).toMatch(message);
  });
});

describe('encodeNpy', () => {
  const arrays = [
    Float32Array.of(1.5, -2),
    Float64Array.of(1e-300, 2),
    Int32Array.of(-7, 8),
    Uint32Array.of(4294967295, 0),
    Int16Array.of(-300, 3),
    Uint16Array.of(65535, 1),
    Int8Array.of(-128, 5),
    Uint8Array.of(255, 6),
  ];
  it.each(arrays.map((array) => [array.constructor.name, array] as const))('round-trips %s', (_, array) => {
    const bytes = encodeNpy(array, [2, 1]);
    expect(decodeNpy(bytes)).toMatchObject({ shape: [2, 1], data: array, fortranOrder: false });
    expect((bytes.length - array.byteLength) % 64).toBe(0);
  });

  it('throws when the shape does not hold the data', () => {
    expect(() => encodeNpy(Float32Array.of(1, 2), [3])).toThrow(RangeError);
  });
});

const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

describe.skipIf(!hasNumpy)('beside numpy itself (skipped where python3-numpy is missing)', () => {
  const dtypes = [
    '<f2',
    '>f2',
    '<f4',
    '>f4',
    '<f8',
    '>f8',
    '|i1',
    '>i2',
    '<i4',
    '<i8',
    '>i8',
    '|u1',
    '<u2',
    '>u4',
    '<u8',
    '|b1',
  ];

  it('reads what numpy writes, in every dtype, order and version', () => {
    const directory = mkdtempSync(join(tmpdir(), 'alignql-npy-'));
    const script = `
import sys, numpy as np
values = np.arange(12).reshape(3, 4) * 3 - 7
for number, descr in enumerate(${JSON.stringify(dtypes)}):
    array = np.abs(values).astype(descr) if descr[1] in 'ub' else values.astype(descr)
    for order in 'CF':
        for version in ((1, 0), (2, 0), (3, 0)):
            with open(f'{sys.argv[1]}/{number}{order}{version[0]}.npy', 'wb') as file:
                np.lib.format.write_array(file, np.asarray(array, order=order), version=version)
`;
    expect(spawnSync('python3', ['-W', 'ignore', '-c', script, directory]).stderr.toString()).toBe('');
    const values = Array.from({ length: 12 }, (_, i) => i * 3 - 7);
    for (const [number, descr] of dtypes.entries()) {
      const expected =
        descr === '|b1' ? values.map(() => 1) : /u/.test(descr) ? values.map(Math.abs) : values;
      for (const order of ['C', 'F']) {
        for (const version of [1, 2, 3]) {
          const array = decodeNpy(readFileSync(join(directory, `${number}${order}${version}.npy`)));
          expect([descr, order, version, ...array.data]).toEqual([descr, order, version, ...expected]);
          expect(array.shape).toEqual([3, 4]);
        }
      }
    }
    rmSync(directory, { recursive: true });
  });

  it('writes what numpy reads', () => {
    const directory = mkdtempSync(join(tmpdir(), 'alignql-npy-'));
    const path = join(directory, 'x.npy');
    writeFileSync(path, encodeNpy(Float32Array.of(0.5, 1, 2, 3, 4, 5), [2, 3]));
    const script = 'import sys, numpy as np; a = np.load(sys.argv[1]); print(a.dtype, a.shape, a.tolist())';
    const { stdout } = spawnSync('python3', ['-c', script, path]);
    expect(stdout.toString().trim()).toBe('float32 (2, 3) [[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]]');
    rmSync(directory, { recursive: true });
  });
});
