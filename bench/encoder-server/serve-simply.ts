import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** What a request asks, of which the benchmark sends two kinds: one text, or one picture as a data URI. */
export interface SimpleEncoder {
  readonly encodeText: (text: string) => Promise<ArrayLike<number>>;
  readonly encodePicture: (file: Buffer) => Promise<ArrayLike<number>>;
}

/**
 * A server as one writes it around an encoder in a quarter of an hour: every request runs the model for itself. Prints its address.
 */
export function serveSimply({ encodeText, encodePicture }: SimpleEncoder): void {
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const { input, modality } = JSON.parse(body) as { input: string; modality?: 'image' };
      const vector =
        modality === 'image'
          ? await encodePicture(Buffer.from(input.slice(input.indexOf(',') + 1), 'base64'))
          : await encodeText(input);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ index: 0, embedding: Array.from(vector) }] }));
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null)
      console.log(`ready at http://127.0.0.1:${address.port}`);
  });
}
