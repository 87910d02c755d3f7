import { createRequire } from 'node:module';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BLOCK_METHODS } from '../../scripts/clip/last-block-maps.ts';
import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { findModel } from '../../scripts/clip/model-folder.ts';
import { nodeOnnx } from '../../scripts/clip/node-runtime.ts';
import {
  makeRegionGraph,
  noteMethods,
  readRegionFiles,
  regionFileOf,
} from '../../scripts/clip/region-graph.ts';
import { NotFoundError } from '../../scripts/onnx/last-block-nodes.ts';
import { runForOutputs } from '../../src/clip/towers/onnx-session.ts';
import type { PatchMethod } from '../../src/clip/patches.ts';
import { type FamilyName, writeMadeModel } from './made-models/made-folder.ts';
import { VISION_TRANSFORMERS, writeVisionTransformer } from './made-models/vision-transformer-folder.ts';

interface EditedModel {
  readonly graph: {
    readonly node: { readonly opType: string; readonly attribute: { i: unknown }[] }[];
  };
}

const { onnx } = createRequire(import.meta.url)(
  path.resolve(
    import.meta.dirname,
    '../../node_modules/onnxruntime-web/lib/onnxjs/ort-schema/protobuf/onnx.js',
  ),
) as {
  onnx: {
    ModelProto: { decode(bytes: Uint8Array): EditedModel; encode(model: object): { finish(): Uint8Array } };
  };
};

type MapName = 'gradEclip' | 'maskClip' | 'gradCam';
const MAPS: readonly [PatchMethod, MapName][] = [
  ['GRAD_ECLIP', 'gradEclip'],
  ['MASKCLIP', 'maskClip'],
  ['GRAD_CAM', 'gradCam'],
];

interface StoredGraph {
  readonly pixels: string;
  readonly direction: string;
  readonly maps: Readonly<Record<MapName, readonly number[]>>;
}

/** A tower, whose PyTorch maps it is held against, and how far off they may be, relative to the largest. */
const TOWERS: readonly [file: string, reference: 'separate' | 'fused', error: number, cosine: number][] = [
  // float32 on both sides, sums in another order.
  ['separate', 'separate', 1e-4, 0.99999],
  ['fused', 'fused', 1e-4, 0.99999],
  // Half precision has 11 bits.
  ['separate_fp16', 'separate', 0.02, 0.9999],
  // Weights of 7 bits, and the tower's products of 8 bits each, which the tail computes in full.
  ['separate_q8', 'separate', 0.15, 0.99],
  // 4 bits make another network; its own embedding has to come out, as it does only with the weights read rightly.
  ['separate_q4', 'separate', Infinity, 0.9999],
];

let root: string;
let graphs: Readonly<Record<string, StoredGraph>>;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'alignql-regions-'));
  graphs = JSON.parse(await readFile(path.join(VISION_TRANSFORMERS, 'graphs.json'), 'utf8')) as typeof graphs;
});
afterAll(() => rm(root, { recursive: true }));

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

describe.each(TOWERS)('the region graph of %s.onnx', (tower, reference, error, cosine) => {
  it("gives the maps of PyTorch's autograd", async () => {
    const folder = await writeVisionTransformer(path.join(root, tower), tower);
    const made = await makeRegionGraph(folder);
    expect(made.source.heads).toBe(2);
    expect(made.cosine).toBeGreaterThan(cosine);
    await writeFile(regionFileOf(folder), noteMethods(made, BLOCK_METHODS));

    const files = await readRegionFiles(folder);
    if (files === null) throw new Error('the region graph is not there');
    expect(files.maps.methods).toEqual(BLOCK_METHODS);
    const { pixels, direction, maps } = graphs[reference];
    const runtime = nodeOnnx(1);
    const session = await runtime.createSession(files.model);
    const outputs = await runForOutputs(
      runtime,
      session,
      { pixel_values: { data: floats(pixels), dims: [1, 3, 16, 16] } },
      files.maps.outputs,
    );
    for (const [method, name] of MAPS) {
      const heat = files.maps.heat(outputs, { direction: floats(direction), method });
      expect(heat).toHaveLength(16);
      const most = Math.max(...maps[name].map(Math.abs));
      const differences = maps[name].map((value, i) => Math.abs(heat[i] - value));
      expect(Math.max(...differences) / most, method).toBeLessThan(error);
    }
  });
});

describe('a region graph that cannot be used', () => {
  it('is of another tower, cut off, or no graph: occlusion is left, and a warning says what to do', async () => {
    const folder = await writeVisionTransformer(path.join(root, 'stale'), 'separate');
    const file = regionFileOf(folder);
    const graph = noteMethods(await makeRegionGraph(folder), BLOCK_METHODS);
    await writeFile(file, graph);
    const methodsNow = async (): Promise<unknown> => {
      const { images } = await loadEncoder({ model: folder.folder });
      return (await images.patches?.())?.methods;
    };
    expect(await methodsNow()).toEqual([...BLOCK_METHODS, 'OCCLUSION']);
    const told: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => told.push(String(line)) > 0);
    const bytes = await readFile(folder.visionModel);
    try {
      for (const broken of [graph.subarray(0, graph.length - 40), Buffer.from('no graph'), Buffer.alloc(0)]) {
        await writeFile(file, broken);
        expect(await methodsNow()).toEqual(['OCCLUSION']);
      }
      await writeFile(file, graph);
      // A field that readers do not know at the end: the same network in another file.
      await writeFile(folder.visionModel, Buffer.concat([bytes, Buffer.from([0xfa, 0x3e, 0])]));
      expect(await methodsNow()).toEqual(['OCCLUSION']);
    } finally {
      vi.restoreAllMocks();
      await writeFile(folder.visionModel, bytes);
    }
    expect(told).toHaveLength(4);
    expect(told[3]).toContain('it was made of another vision_model.onnx than is there now');
    for (const line of told) expect(line).toContain(`npm run -s model -- regions ${folder.folder}`);
  });
});

describe('a tower without such a block', () => {
  // Made towers mean over their patches; MobileCLIP, SigLIP and jina-clip pool in ways of their own.
  it.each<FamilyName>(['clip', 'siglip', 'jina-clip-v2'])('is told apart: %s', async (family) => {
    const folder = path.join(root, `other-${family}`);
    await writeMadeModel(folder, family);
    await expect(makeRegionGraph(findModel(folder))).rejects.toThrow(NotFoundError);
  });

  it('is not taken for one whose block computes something else', async () => {
    const folder = await writeVisionTransformer(path.join(root, 'changed'), 'separate');
    const model = onnx.ModelProto.decode(await readFile(folder.visionModel));
    // The last block's weights over tokens become weights over channels: the structure stays, the network is another.
    const axis = model.graph.node.findLast(({ opType }) => opType === 'Softmax')?.attribute[0];
    if (axis === undefined) throw new Error('the fixture has no softmax');
    axis.i = 1;
    await writeFile(folder.visionModel, onnx.ModelProto.encode(model).finish());
    await expect(makeRegionGraph(folder)).rejects.toThrow(
      /^the last block as it was found gives another embedding than the tower: cosine -?\d\.\d{4}, expected 1$/,
    );
  });
});
