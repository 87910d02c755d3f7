import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { serveSimply } from './serve-simply.ts';

/** Our own towers without threads and batches: one `session.run` at a time, for one input, on all cores. */
const { text, images } = await loadEncoder();

serveSimply({
  async encodeText(caption) {
    const [vector] = await text.encodeTexts([caption]);
    return vector;
  },
  async encodePicture(file) {
    const [vector] = await images.encodeImages([file]);
    if (vector instanceof Error) throw vector;
    return vector;
  },
});
