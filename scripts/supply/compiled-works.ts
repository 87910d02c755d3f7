/** A work that stands compiled inside a WebAssembly file of a package: npm knows nothing of it. */
export interface CompiledWork {
  readonly name: string;
  /** As the package's build pins it; absent where the package does not tell. */
  readonly version?: string;
  /** SPDX identifiers, all of which hold. */
  readonly licences: readonly string[];
  readonly copyright: string;
  readonly source: string;
}

export interface CompiledFile {
  /** Whose file it is; null: this project's own, compiled from src/core. */
  readonly package: string | null;
  readonly works: readonly CompiledWork[];
}

const APACHE = ['Apache-2.0'];
const MIT = ['MIT'];

const EMSCRIPTEN: readonly CompiledWork[] = [
  {
    name: 'Emscripten runtime',
    licences: MIT,
    copyright: 'Copyright (c) 2010-2014 Emscripten authors',
    source: 'https://github.com/emscripten-core/emscripten',
  },
  {
    name: 'musl',
    licences: MIT,
    copyright: 'Copyright (c) 2005-2020 Rich Felker, et al.',
    source: 'https://musl.libc.org',
  },
  {
    name: 'LLVM libc++, libc++abi and compiler-rt',
    licences: ['Apache-2.0', 'LLVM-exception'],
    copyright: 'Copyright (c) the LLVM Project contributors',
    source: 'https://github.com/llvm/llvm-project',
  },
];

const WASI_LIBC: CompiledWork = {
  name: 'wasi-libc, with musl',
  licences: MIT,
  copyright: 'Copyright (c) 2005-2020 Rich Felker, et al.',
  source: 'https://github.com/WebAssembly/wasi-libc',
};

const OWN: CompiledFile = { package: null, works: [] };

function rust(name: string, version: string, copyright: string, repository: string): CompiledWork {
  return {
    name: `${name} (Rust)`,
    version,
    licences: MIT,
    copyright,
    source: `https://github.com/${repository}`,
  };
}

/**
 * By file name of a bundle. Read from the packages' build files: for jSquash the Makefile and Cargo.lock of each codec, for ONNX
 * Runtime cmake/deps.txt, less what a WebAssembly build leaves out.
 */
export const COMPILED_FILES: Readonly<Record<string, CompiledFile>> = {
  'scan-kernels.wasm': OWN,
  'product-kernels.wasm': OWN,
  'linear-kernels.wasm': OWN,
  'ort-wasm-simd-threaded.wasm': {
    package: 'onnxruntime-web',
    works: [
      {
        name: 'ONNX',
        licences: APACHE,
        copyright: 'Copyright (c) ONNX Project Contributors',
        source: 'https://github.com/onnx/onnx',
      },
      {
        name: 'Protocol Buffers',
        licences: ['BSD-3-Clause'],
        copyright: 'Copyright 2008 Google Inc.',
        source: 'https://github.com/protocolbuffers/protobuf',
      },
      {
        name: 'FlatBuffers',
        licences: APACHE,
        copyright: 'Copyright 2014 Google Inc.',
        source: 'https://github.com/google/flatbuffers',
      },
      {
        name: 'Abseil',
        licences: APACHE,
        copyright: 'Copyright 2017 The Abseil Authors',
        source: 'https://github.com/abseil/abseil-cpp',
      },
      {
        name: 'Eigen',
        licences: ['MPL-2.0'],
        copyright: 'Copyright (c) the Eigen authors',
        source: 'https://gitlab.com/libeigen/eigen',
      },
      {
        name: 'JSON for Modern C++',
        licences: MIT,
        copyright: 'Copyright (c) 2013-2022 Niels Lohmann',
        source: 'https://github.com/nlohmann/json',
      },
      {
        name: 'Guidelines Support Library',
        licences: MIT,
        copyright: 'Copyright (c) 2015 Microsoft Corporation',
        source: 'https://github.com/microsoft/GSL',
      },
      {
        name: 'SafeInt',
        licences: MIT,
        copyright: 'Copyright (c) 2018 Microsoft',
        source: 'https://github.com/dcleblanc/SafeInt',
      },
      {
        name: 'date',
        licences: MIT,
        copyright: 'Copyright (c) 2015, 2016, 2017 Howard Hinnant and others',
        source: 'https://github.com/HowardHinnant/date',
      },
      {
        name: 'RE2',
        licences: ['BSD-3-Clause'],
        copyright: 'Copyright (c) 2009 The RE2 Authors',
        source: 'https://github.com/google/re2',
      },
      {
        name: 'Boost.Mp11',
        licences: ['BSL-1.0'],
        copyright: 'Copyright Peter Dimov',
        source: 'https://github.com/boostorg/mp11',
      },
      ...EMSCRIPTEN,
    ],
  },
  'jpeg-turbo.wasm': {
    package: '@cwasm/jpeg-turbo',
    works: [
      {
        name: 'libjpeg-turbo',
        licences: ['IJG', 'BSD-3-Clause', 'Zlib'],
        copyright:
          'Copyright (C) 2009-2019 D. R. Commander; copyright (C) 1991-2016 Thomas G. Lane, Guido Vollbeding. This software is based in part on the work of the Independent JPEG Group.',
        source: 'https://github.com/libjpeg-turbo/libjpeg-turbo',
      },
      WASI_LIBC,
    ],
  },
  'nsgif.wasm': {
    package: '@cwasm/nsgif',
    works: [
      {
        name: 'libnsgif',
        licences: MIT,
        copyright: 'Copyright 2004 Richard Wilson; Copyright 2008 Sean Fox',
        source: 'https://www.netsurf-browser.org/projects/libnsgif/',
      },
      WASI_LIBC,
    ],
  },
  'squoosh_png_bg.wasm': {
    package: '@jsquash/png',
    works: [
      rust('png', '0.17.10', 'Copyright (c) 2015 nwin', 'image-rs/image-png'),
      rust('fdeflate', '0.3.3', 'Copyright (c) the image-rs developers', 'image-rs/fdeflate'),
      rust('miniz_oxide', '0.7.1', 'Copyright (c) 2017 Frommi', 'Frommi/miniz_oxide'),
      rust('simd-adler32', '0.3.7', 'Copyright (c) 2021 Marvin Countryman', 'mcountryman/simd-adler32'),
      rust('adler', '1.0.2', 'Copyright (c) Jonas Schievink', 'jonas-schievink/adler'),
      rust(
        'crc32fast',
        '1.3.2',
        'Copyright (c) 2018 Sam Rijs, Alex Crichton and contributors',
        'srijs/rust-crc32fast',
      ),
      rust('flate2', '1.0.28', 'Copyright (c) 2014 Alex Crichton', 'rust-lang/flate2-rs'),
      rust('rgb', '0.8.37', 'Copyright (c) Kornel Lesiński', 'kornelski/rust-rgb'),
      rust('bytemuck', '1.14.0', 'Copyright (c) 2019 Daniel "Lokathor" Gee', 'Lokathor/bytemuck'),
      rust('bitflags', '1.3.2', 'Copyright (c) 2014 The Rust Project Developers', 'bitflags/bitflags'),
      rust(
        'wasm-bindgen, js-sys and web-sys',
        '0.2.89',
        'Copyright (c) 2014 Alex Crichton',
        'rustwasm/wasm-bindgen',
      ),
      rust('standard library', '', 'Copyright (c) The Rust Project Contributors', 'rust-lang/rust'),
    ],
  },
  'webp_dec.wasm': {
    package: '@jsquash/webp',
    works: [
      {
        name: 'libwebp',
        version: 'd2e245ea9e959a5a79e1db0ed2085206947e98f2',
        licences: ['BSD-3-Clause'],
        copyright: 'Copyright (c) 2010, Google Inc.',
        source: 'https://chromium.googlesource.com/webm/libwebp',
      },
      ...EMSCRIPTEN,
    ],
  },
  'avif_dec.wasm': {
    package: '@jsquash/avif',
    works: [
      {
        name: 'libavif',
        version: '1.0.1',
        licences: ['BSD-2-Clause'],
        copyright: 'Copyright 2019 Joe Drago',
        source: 'https://github.com/AOMediaCodec/libavif',
      },
      {
        name: 'libaom',
        version: '3.7.0',
        licences: ['BSD-2-Clause'],
        copyright:
          'Copyright (c) 2016, Alliance for Open Media; with the Alliance for Open Media Patent License 1.0 (https://aomedia.org/license/patent-license/)',
        source: 'https://aomedia.googlesource.com/aom',
      },
      ...EMSCRIPTEN,
    ],
  },
};
