import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../page/browser.ts';
import { usePages } from '../page/setup.ts';
import type * as client from '../../packages/client/src/index.ts';
import { bundleClient, packClient } from './packed-client.ts';

declare global {
  /** The package, in the page. */
  var alignql: typeof client;
}

const PAGE = '/client-under-test';
const HTML = `<!doctype html><title>client</title><link rel="icon" href="data:,">
<script type="module">import * as client from '${PAGE}.js'; globalThis.alignql = client;</script>`;

describe.skipIf(!hasBrowser)('the packed client in a browser', () => {
  const openPage = usePages();

  it('asks the page’s own origin with a file, bytes and an address, and tells errors', async () => {
    const code = Buffer.from(await bundleClient((await packClient()).folder)).toString();
    const picture = await readFile('models/sample/images/a-badger.webp', 'base64');
    const page = await openPage({
      path: `${PAGE}.html`,
      prepare: async (opening) => {
        await opening.route(`**${PAGE}.html`, (route) =>
          route.fulfill({ contentType: 'text/html', body: HTML }),
        );
        await opening.route('**/moved/graphql', (route) =>
          route.fulfill({ status: 307, headers: { location: '/graphql' } }),
        );
        await opening.route(`**${PAGE}.js`, (route) =>
          route.fulfill({ contentType: 'text/javascript', body: code }),
        );
      },
    });
    const seen = await page.evaluate(async (base64) => {
      const { AlignqlError, createClient } = globalThis.alignql;
      const client = createClient({ url: '/' });
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const file = new File([bytes, new Uint8Array(40_000)], 'badger.webp', { type: 'image/webp' });
      const [ofFile, ofBytes, ofUri] = await Promise.all([
        client.align(file, 'a badger'),
        client.align(bytes, 'a badger'),
        client.align(`data:image/webp;base64,${base64}`, 'a badger'),
      ]);
      const ranked = await client.rankTexts(file, ['a banjo', 'a badger']);
      const error: unknown = await client.align(file, ' ').catch((thrown: unknown) => thrown);
      const moved: unknown = await createClient({ url: '/moved' })
        .align(file, 'a badger')
        .catch((thrown: unknown) => thrown);
      let hits = 0;
      for await (const found of client.search('samples', { image: file }, { first: 3 })) {
        hits = found.hits.length;
        break;
      }
      return {
        decisions: [ofFile, ofBytes, ofUri].map(({ decision }) => decision),
        first: ranked.items[0].index,
        code: error instanceof AlignqlError ? error.code : String(error),
        moved: moved instanceof AlignqlError ? [moved.code, moved.status] : String(moved),
        hits,
      };
    }, picture);
    expect(seen).toEqual({
      decisions: ['MATCH', 'MATCH', 'MATCH'],
      first: 1,
      code: 'BAD_INPUT',
      moved: ['UNEXPECTED_ANSWER', null],
      hits: 3,
    });
  });
});
