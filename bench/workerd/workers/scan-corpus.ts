import { createRandom } from '../../../src/core/random.ts';
import { createScanMemory, type ScanMemory } from '../../../src/core/search/scan-memory.ts';
import { quantizeQuery } from '../../../src/core/search/scan-query.ts';
import { scanKernels } from '../../../src/search/workerd-scan-kernels.ts';
import {
  type CodeLayout,
  type CorpusLayout,
  codeLayout,
  corpusLayout,
  fillCodes,
  fillCorpus,
  madeCodeQuery,
  searchCodes,
  searchCorpus,
} from '../../made-corpus.ts';

let corpus: { readonly memory: ScanMemory; readonly layout: CorpusLayout } | null = null;
let coded: { readonly memory: ScanMemory; readonly layout: CodeLayout } | null = null;

/**
 * A made corpus in an isolate. `/fill?count=&dim=` makes it, `/search?times=` searches it and answers the kind of kernel and
 * the best position. `/fill?count=&int4=` and `/search?times=` do the same of rows of int4, of so many bytes each; everything else answers `idle` and touches nothing.
 */
export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    const rowBytes = searchParams.get('int4');
    if (pathname === '/fill' && rowBytes !== null) {
      const layout = codeLayout(Number(searchParams.get('count')), Number(rowBytes));
      const memory = createScanMemory(layout, scanKernels());
      fillCodes(memory, layout);
      coded = { memory, layout };
      return new Response('filled');
    }
    if (pathname === '/search' && coded !== null) {
      const query = madeCodeQuery(4, coded.layout.rowBytes);
      let found = -1;
      for (let i = Number(searchParams.get('times')); i > 0; i--) {
        found = searchCodes(coded.memory, coded.layout, query, 10).positions[0];
      }
      return new Response(`${coded.memory.kind} ${found}`);
    }
    if (pathname === '/fill') {
      const layout = corpusLayout(Number(searchParams.get('count')), Number(searchParams.get('dim')));
      const memory = createScanMemory(layout, scanKernels());
      fillCorpus(memory, layout);
      corpus = { memory, layout };
      return new Response('filled');
    }
    if (pathname !== '/search' || corpus === null) return new Response('idle');
    const { memory, layout } = corpus;
    const random = createRandom(layout.dim);
    let best = -1;
    for (let i = Number(searchParams.get('times')); i > 0; i--) {
      const query = quantizeQuery(Float64Array.from({ length: layout.dim }, () => random.nextGaussian()));
      best = searchCorpus(memory, layout, query, 10).positions[0];
    }
    return new Response(`${memory.kind} ${best}`);
  },
};
