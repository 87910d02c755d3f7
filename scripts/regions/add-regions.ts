import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PatchMethod } from '../../src/clip/patches.ts';
import { BLOCK_METHODS } from '../clip/last-block-maps.ts';
import { loadEncoder } from '../clip/load-encoder.ts';
import { findModel, type ModelFolder } from '../clip/model-folder.ts';
import { makeRegionGraph, noteMethods, type RegionGraph, regionFileOf } from '../clip/region-graph.ts';
import { NotFoundError } from '../onnx/last-block-nodes.ts';
import { playPointingGame, type PointingResult } from './pointing-game.ts';
import { readSamplePictures } from './sample-pictures.ts';

/** How a model's heat maps are made, as `model fetch` and `model regions` print it. */
export interface RegionReport {
  /** The best first: that one is AUTO. */
  readonly methods: readonly PatchMethod[];
  /** The graph that was written, below the model's folder; null where the methods need none. */
  readonly graph: string | null;
  /** Why the last block was not found; null where it was. */
  readonly reason: string | null;
  /** Of the tower's embedding and the one that its last block gives, the lowest; null without a graph. */
  readonly cosine: number | null;
  /** How often each method was hotter where the caption's picture was, of composed pictures of the sample. */
  readonly pointing: readonly PointingResult[];
}

/** Composed pictures by which the methods are put in order, two questions each. */
const PAIRS = 20;
const SEED = 0;

/**
 * Work out how a model's pictures are explained, and write the graph that it takes beside its picture tower. Methods that point to the
 * right half more often than the centre prior could come first, the surest before; occlusion, which needs no graph, next.
 * @throws UserError when it is no model
 */
export async function addRegions(model: string): Promise<RegionReport> {
  const folder = findModel(model);
  const file = regionFileOf(folder);
  await rm(file, { force: true });
  const made = await findOrReason(folder);
  if (typeof made === 'string') return withoutGraph(folder, made);
  await writeFile(file, noteMethods(made, BLOCK_METHODS));
  const pointing = await measure(folder);
  const methods = orderMethods(pointing);
  await writeFile(file, noteMethods(made, methods));
  return {
    methods,
    graph: path.relative(folder.folder, file).split(path.sep).join('/'),
    reason: null,
    cosine: made.cosine,
    pointing,
  };
}

async function findOrReason(folder: ModelFolder): Promise<RegionGraph | string> {
  try {
    return await makeRegionGraph(folder);
  } catch (error) {
    if (error instanceof NotFoundError) return error.message;
    throw error;
  }
}

/** What the tower can do as it is. */
async function withoutGraph(folder: ModelFolder, reason: string): Promise<RegionReport> {
  const encoder = await loadEncoder({ model: folder.folder });
  const explainer = await encoder.images.patches?.();
  return { methods: explainer?.methods ?? [], graph: null, reason, cosine: null, pointing: [] };
}

async function measure(folder: ModelFolder): Promise<PointingResult[]> {
  const encoder = await loadEncoder({ model: folder.folder });
  const explainer = await encoder.images.patches?.();
  if (!explainer || !existsSync(regionFileOf(folder))) throw new Error('the region graph is not there');
  const pictures = await readSamplePictures();
  return playPointingGame(encoder, explainer, BLOCK_METHODS, pictures, { pairs: PAIRS, seed: SEED });
}

/** @param pointing ties keep its order */
export function orderMethods(pointing: readonly PointingResult[]): PatchMethod[] {
  const sorted = [...pointing].sort((a, b) => b.wins - a.wins);
  const isSure = ({ wins, asked }: PointingResult): boolean => leastShare(wins, asked) > 0.5;
  const [sure, rest] = [sorted.filter(isSure), sorted.filter((result) => !isSure(result))];
  return [...sure.map(({ method }) => method), 'OCCLUSION', ...rest.map(({ method }) => method)];
}

/** The low end of the 95% interval of a share. Source: Wilson 1927. */
function leastShare(wins: number, asked: number): number {
  const z = 1.96;
  const share = wins / asked;
  const spread = z * Math.sqrt((share * (1 - share)) / asked + (z * z) / (4 * asked * asked));
  return (share + (z * z) / (2 * asked) - spread) / (1 + (z * z) / asked);
}
