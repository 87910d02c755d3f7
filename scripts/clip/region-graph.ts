import { existsSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { RegionFiles } from '../../src/clip/towers/loaded-tower.ts';
import { sha256Hex } from '../../src/clip/content-hash.ts';
import { PATCH_METHODS, type PatchMethod } from '../../src/clip/patches.ts';
import { readPreprocessing } from '../../src/clip/images/preprocess.ts';
import { readModelConfig } from '../../src/clip/model-family.ts';
import {
  type ExternalData,
  fixedDimension,
  type NamedTensor,
  type OnnxSession,
  runForOutputs,
} from '../../src/clip/towers/onnx-session.ts';
import { passClassToken } from '../../src/core/regions/last-block.ts';
import { createRandom } from '../../src/core/random.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';
import { GraphIndex } from '../onnx/graph-index.ts';
import { findLastBlock, type LastBlockNodes, NotFoundError } from '../onnx/last-block-nodes.ts';
import { addToModel, type ModelProto, readModel } from '../onnx/model-proto.ts';
import type { ReadExternal } from '../onnx/tensor-values.ts';
import { BLOCK_OUTPUTS, type LastBlockSource, lastBlockMaps, readBlock } from './last-block-maps.ts';
import { type ModelFolder, readDataFiles, readJson, readModelFile } from './model-folder.ts';
import { nodeOnnx } from './node-runtime.ts';

/** A copy of a picture tower's graph that also gives what its last block works with. */
export interface RegionGraph {
  readonly model: Uint8Array;
  /** SHA-256 of the tower that it is a copy of. */
  readonly tower: string;
  readonly source: LastBlockSource;
  /** Lowest cosine of the tower's embedding and the one that its last block, computed here, gives. */
  readonly cosine: number;
}

/** Under which a region graph's metadata say how it is read. */
const METADATA_KEY = 'alignql.regions';
const FLOAT32 = 1;
/** Integers with dynamic quantisation round what they multiply; what is found wrongly gives cosines near 0. */
const LEAST_COSINE = 0.98;
/** Pictures of noise by which the last block is tried. */
const TRIALS = 2;
const SEED = 20261130;

/** Where the copy of a picture tower's graph lies: beside it, `_regions` behind its name. */
export function regionFileOf({ visionModel }: Pick<ModelFolder, 'visionModel'>): string {
  const { dir, name } = path.parse(visionModel);
  return path.join(dir, `${name}_regions.onnx`);
}

const noteSchema = v.object({
  tower: v.string(),
  heads: v.pipe(v.number(), v.integer(), v.minValue(1)),
  methods: v.pipe(v.array(v.picklist(PATCH_METHODS)), v.minLength(1)),
});

/** A region graph as it is kept: its methods in the order that was measured. */
export function noteMethods(
  { model, tower, source }: RegionGraph,
  methods: readonly PatchMethod[],
): Uint8Array {
  const note = { tower, heads: source.heads, methods };
  return addToModel(model, { graph: {}, metadata: { [METADATA_KEY]: JSON.stringify(note) } });
}

/**
 * The region graph of a model folder, or null where it has none.
 * @throws Error when it is not as it was written, or of another tower than the folder has now
 */
export async function readRegionFiles(folder: ModelFolder): Promise<RegionFiles | null> {
  const file = regionFileOf(folder);
  if (!existsSync(file)) return null;
  const model = await readModelFile(file);
  const proto = readModel(model);
  const note = proto.metadataProps.find(({ key }) => key === METADATA_KEY)?.value;
  const { tower, heads, methods } = v.parse(noteSchema, JSON.parse(note ?? 'null'));
  if (tower !== (await sha256Hex(await readModelFile(folder.visionModel))))
    throw new Error(`it was made of another ${path.basename(folder.visionModel)} than is there now`);
  const externalData = await readDataFiles(folder.visionModel, folder);
  const nodes = await findNodes(folder, proto, externalData);
  return {
    model,
    ...(externalData === undefined ? {} : { externalData }),
    maps: lastBlockMaps({ heads, weights: nodes.readWeights() }, methods),
  };
}

/**
 * Find the last block in a model's picture tower, and prove it: computed here from the new outputs it has to give the embedding that
 * the tower gives.
 * @throws NotFoundError telling why this tower's patches cannot be explained by its last block
 */
export async function makeRegionGraph(folder: ModelFolder): Promise<RegionGraph> {
  const bytes = await readModelFile(folder.visionModel);
  const externalData = await readDataFiles(folder.visionModel, folder);
  const nodes = await findNodes(folder, readModel(bytes), externalData);
  const model = addToModel(bytes, { graph: additionOf(nodes), metadata: {} });
  const runtime = nodeOnnx(1);
  const session = await runtime.createSession(model, externalData);
  const weights = readWeights(nodes);
  const embedding = await embeddingOutput(folder, session.outputNames);
  const names = [embedding, ...Object.values(BLOCK_OUTPUTS)];
  const trials = await Promise.all(
    Array.from({ length: TRIALS }, async (_, i) =>
      runForOutputs(runtime, session, await noiseInputs(folder, session, SEED + i), names),
    ),
  );
  const width = weights.tail.attentionOutput.outputs;
  const candidates = headCounts(width).map((heads) => {
    const source = { heads, weights };
    const cosines = trials.map((outputs) => {
      const ours = passClassToken(readBlock(source, outputs), weights.tail).embedding;
      return cosineSimilarity(ours, outputs[embedding].data);
    });
    return { source, cosine: Math.min(...cosines) };
  });
  const best = candidates.reduce((a, b) => (b.cosine > a.cosine ? b : a));
  if (best.cosine >= LEAST_COSINE) return { model, tower: await sha256Hex(bytes), ...best };
  throw new NotFoundError(
    `the last block as it was found gives another embedding than the tower: cosine ${best.cosine.toFixed(4)}, expected 1`,
  );
}

async function findNodes(
  folder: ModelFolder,
  { graph }: ModelProto,
  externalData: readonly ExternalData[] | undefined,
): Promise<LastBlockNodes> {
  const index = new GraphIndex(graph, externalReader(externalData ?? []));
  return findLastBlock(index, await embeddingOutput(folder, index.outputs));
}

async function embeddingOutput(folder: ModelFolder, outputs: readonly string[]): Promise<string> {
  const { family } = readModelConfig(await readJson(folder.config));
  const found = family.imageOutputs.find((name) => outputs.includes(name));
  if (found !== undefined) return found;
  throw new NotFoundError(
    `expected an output ${family.imageOutputs.join(' or ')}, got ${outputs.join(', ')}`,
  );
}

function externalReader(files: readonly ExternalData[]): ReadExternal {
  return (location, offset, length) => {
    const file = files.find(({ path: name }) => name === location);
    if (file === undefined) throw new NotFoundError(`the weights in ${location} are not there`);
    return file.data.subarray(offset, length === null ? undefined : offset + length);
  };
}

/** What is in a form that is not read counts as not found. */
function readWeights(nodes: LastBlockNodes): LastBlockSource['weights'] {
  try {
    return nodes.readWeights();
  } catch (error) {
    if (error instanceof NotFoundError) throw error;
    throw new NotFoundError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Casts, since half precision would come out as halves, and as outputs of names that do not depend on the export. */
function additionOf({ residual, normed, projected: [query, key, value] }: LastBlockNodes): object {
  const values = { residual, normed, query, key, value };
  const places = Object.entries(values) as [keyof typeof BLOCK_OUTPUTS, string][];
  return {
    node: places.map(([name, from]) => ({
      opType: 'Cast',
      input: [from],
      output: [BLOCK_OUTPUTS[name]],
      attribute: [{ name: 'to', type: 2, i: FLOAT32 }],
    })),
    output: places.map(([name]) => ({
      name: BLOCK_OUTPUTS[name],
      type: { tensorType: { elemType: FLOAT32 } },
    })),
  };
}

/** Heads that may be: the one of OpenAI's and most others' networks first, since ties go to the first. */
function headCounts(width: number): number[] {
  const usual = width / 64;
  const all = Array.from({ length: width / 2 }, (_, i) => i + 1).filter((heads) => width % heads === 0);
  return all.sort((a, b) => Number(b === usual) - Number(a === usual) || a - b);
}

async function noiseInputs(
  folder: ModelFolder,
  session: OnnxSession,
  seed: number,
): Promise<Record<string, NamedTensor>> {
  const { width, height } = readPreprocessing(await readJson(folder.preprocessor)).output;
  const random = createRandom(seed);
  const length = fixedDimension(session, 'input_ids', 1) ?? 1;
  return {
    pixel_values: {
      data: Float32Array.from({ length: 3 * width * height }, () => random.nextGaussian()),
      dims: [1, 3, height, width],
    },
    // A graph of both towers wants texts too.
    input_ids: { data: new BigInt64Array(length).fill(1n), dims: [1, length] },
  };
}
