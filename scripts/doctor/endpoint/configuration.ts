import { AppError } from '../../../src/errors.ts';
import { readEncoderConfig, readMaxPixels } from '../../../src/clip/config.ts';
import { originOf } from '../../../src/clip/http/http-route.ts';
import { describeRoutes } from '../../../src/clip/describe-routes.ts';
import { readCorpusMemory } from '../../../src/search/memory-budget.ts';
import { readDeployment, readEmbeddedEncoder } from '../../kv/deployment.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** wrangler.toml as the local server and the account take it: whether the Worker could read its variables, and what is not filled in yet. */
export async function checkConfiguration(): Promise<Finding[]> {
  const bundled = await readEmbeddedEncoder();
  const findings: Finding[] = [];
  for (const isRemote of [false, true]) {
    const where = isRemote ? 'wrangler.toml, deployed' : 'wrangler.toml, local';
    const { vars, selections, corpora } = await readDeployment(isRemote);
    try {
      const config = readEncoderConfig(vars, bundled);
      readMaxPixels(vars);
      readCorpusMemory(vars);
      const empty = [selections, corpora].filter(({ id }) => id === '').map(({ binding }) => binding);
      const kv = empty.length === 0 ? 'KV named' : `no KV namespace yet for ${empty.join(', ')}`;
      const server = config.http === null ? '' : `, server ${originOf(config.http)}`;
      findings.push(ok(where, `encoder ${config.info.id}, ${describeRoutes(config)}${server}, ${kv}`));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      findings.push(
        wrong(
          where,
          error.message,
          'mend the variable in wrangler.toml: src/clip/config.ts has every one and its default',
        ),
      );
    }
  }
  return findings;
}
