import type { Plugin } from 'graphql-yoga';
import { limitBody } from '../../body/limited-body.ts';

/**
 * Decodes the request's body, and limits it before and after that, before it is parsed. In place of yoga's own limit, which breaks
 * off the stream of a body that does not tell its length. Registered after every plugin that sets a parser.
 */
export const requestBodyPlugin: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser }) {
    if (!requestParser) return;
    const readBody = limitBody(request);
    if (readBody === null) return;
    setRequestParser(async () => requestParser(new Request(request, { body: await readBody() })));
  },
};
