import { bundledEncoder } from '../../src/clip/towers/bundled-encoder.ts';
import { bundledTextModel } from '../../src/clip/towers/bundled-text-model.ts';
import { createTextTower } from '../../src/clip/towers/text-tower.ts';
import { workerdOnnx } from '../../src/clip/towers/workerd-onnx.ts';

/** The text tower of the API Worker and nothing around it. */
const tower = createTextTower(
  () => Promise.resolve({ runtime: workerdOnnx, files: bundledTextModel }),
  bundledEncoder.dim,
);

export default {
  /** Encodes the texts again and again; answers the last vectors. Who asks has the clock: a Worker's own stands still. */
  async fetch(request: Request): Promise<Response> {
    const { texts, runs } = (await request.json()) as {
      readonly texts: readonly string[];
      readonly runs: number;
    };
    let vectors: Float32Array[] = [];
    for (let run = 0; run < runs; run++) vectors = await tower.encodeTexts(texts);
    return Response.json(vectors.map((vector) => Array.from(vector)));
  },
};
