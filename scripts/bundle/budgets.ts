import type { Bundle } from './measure-bundle.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What one Worker's bundle may come to. */
export interface Budget {
  /** JavaScript and text as they are uploaded, all of them gzipped together: what a cold start parses. */
  readonly scriptGzipBytes: number;
  /** WebAssembly and model files, by name: bytes each, uncompressed. The platform takes 64 MiB of everything. */
  readonly files: Readonly<Record<string, number>>;
}

const TEXT_TOWER = {
  'ort-wasm-simd-threaded.wasm': 14 * MIB,
  'text_model_quantized.onnx': 5 * MIB,
  'tokenizer.json': 256 * KIB,
};

const DECODERS = {
  'jpeg-turbo.wasm': 160 * KIB,
  'squoosh_png_bg.wasm': 192 * KIB,
  'nsgif.wasm': 48 * KIB,
  'webp_dec.wasm': 160 * KIB,
  'avif_dec.wasm': 1280 * KIB,
};

/** By configuration file. A little above what there is: a jump past them is a mistake, or a decision to write down here. */
export const BUDGETS: Readonly<Record<string, Budget>> = {
  'wrangler.toml': {
    // 208 before encoders over HTTP (nine presets) and REST; 236 before pictures were decoded here too, parts of which are covered for
    // encoders that can only encode; 264 before corpora behind engines (Vectorize is 1.5 of it, by a plain binding). Startup, which this is
    // about, is measured by bench cold-start.
    // 268 before owners of names and pages of names, by GraphQL and REST (2.5 together); 272 before owners under Access, runs on the page,
    // documents that run without yoga's hooks, and requests for prefixes that are held to a bound.
    scriptGzipBytes: 276 * KIB,
    files: { ...TEXT_TOWER, ...DECODERS, 'scan-kernels.wasm': 4 * KIB, 'product-kernels.wasm': 2 * KIB },
  },
  'wrangler.encoder.toml': {
    scriptGzipBytes: 96 * KIB,
    files: {
      ...TEXT_TOWER,
      'vision_model_quantized.onnx': 5.25 * MIB,
      ...DECODERS,
    },
  },
  // The client of PostgreSQL, for those who use that engine.
  'wrangler.postgres.toml': { scriptGzipBytes: 24 * KIB, files: {} },
  // All that works offline: selection, fitting, evaluation, Parquet both ways.
  'wrangler.pipeline.toml': {
    scriptGzipBytes: 256 * KIB,
    files: { ...TEXT_TOWER, 'linear-kernels.wasm': 16 * KIB },
  },
};

/** What is over its budget or has none, a line each; empty when all is well. */
export function overBudget(bundle: Bundle, budget: Budget): string[] {
  const problems: string[] = [];
  if (bundle.scriptGzipBytes > budget.scriptGzipBytes) {
    problems.push(
      `script: ${bundle.scriptGzipBytes} bytes gzipped, expected at most ${budget.scriptGzipBytes}`,
    );
  }
  for (const { name, bytes } of bundle.files) {
    if (!Object.hasOwn(budget.files, name)) {
      problems.push(`${name}: ${bytes} bytes without a budget; give it one in scripts/bundle/budgets.ts`);
    } else if (bytes > budget.files[name]) {
      problems.push(`${name}: ${bytes} bytes, expected at most ${budget.files[name]}`);
    }
  }
  return problems;
}
