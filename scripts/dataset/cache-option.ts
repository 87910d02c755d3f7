import { Option } from 'commander';
import { EMBEDDINGS_FOLDER } from '../kv/project.ts';

/** For commander: `--cache`. */
export function cacheOption(): Option {
  return new Option('--cache <DIR>', 'where embeddings of a DATASET are kept between runs').default(
    EMBEDDINGS_FOLDER,
    '.alignql/embeddings in the project',
  );
}
