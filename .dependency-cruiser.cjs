/** The import rules of docs/architecture.md, checked by `npm run lint`. */
const only = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|scripts|test|bench|playground|packages)/', pathNot: to },
});

// Used by every room of core.
const LOOSE = '(columns|exp-log|vector|random)\\.ts$';

/** Rooms of scripts by floor: a room imports from the floors below its own, and from no neighbour. */
const SCRIPT_FLOORS = [
  ['cli', 'search', 'schema'],
  ['files', 'kv', 'onnx'],
  ['clip', 'access', 'owners', 'postgres'],
  ['embedding-cache', 'bundle', 'model'],
  ['dataset', 'supply'],
  ['selection', 'report'],
  ['parallel', 'score'],
  ['regions'],
  ['precompute', 'corpus'],
  ['start'],
  ['attack', 'doctor', 'encoder', 'pipeline'],
  ['chaos'],
  ['rehearsal', 'deploy'],
];
const scriptFloors = SCRIPT_FLOORS.flatMap((floor, height) =>
  floor.map((room) => {
    const below = SCRIPT_FLOORS.slice(0, height).flat();
    return only(`scripts-${room}`, `^scripts/${room}/`, `^(src/|scripts/(${[...below, room].join('|')})/)`);
  }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('core-is-pure', '^src/core/', '^src/core/'),
    only('errors-import-nothing', '^src/errors\\.ts$', '^src/errors\\.ts$'),
    only('format', '^src/format/', '^src/(format/|core/|errors\\.ts)'),
    only('storage', '^src/storage/', '^src/(storage/|format/|core/|errors\\.ts)'),
    only('search', '^src/search/', '^src/(search/|storage/|format/|core/|errors\\.ts|take-turns\\.ts)'),
    // Rows of datasets and of embeddings, for whoever works offline: commands, and the pipeline's Worker.
    only('dataset', '^src/dataset/', '^src/(dataset/|core/|errors\\.ts)'),
    // From pairs to the bytes of a record, for whoever has the time: commands, and the pipeline's Worker.
    only('precompute', '^src/precompute/', '^src/(precompute/|format/|core/|errors\\.ts)'),
    // From vectors to the segments of a corpus: likewise.
    only('packing', '^src/packing/', '^src/(packing/|search/|storage/|dataset/|format/|core/|errors\\.ts)'),
    only('postgres', '^src/postgres/', '^src/(postgres/|search/engine\\.ts|format/|core/|errors\\.ts)'),
    only('pipeline', '^src/pipeline/', '^src/(?!graphql/|rest/|use-cases/)'),
    only('telemetry', '^src/telemetry/', '^src/(telemetry/|errors\\.ts)'),
    only(
      'rest',
      '^src/rest/(?!openai/)',
      '^src/(rest/|use-cases/|body/|clip/|access/|storage/|telemetry/|errors\\.ts)',
    ),
    // The encoder's own server reads and writes the same.
    only('rest-openai', '^src/rest/openai/', '^src/(rest/openai/|clip/|core/vector\\.ts|errors\\.ts)'),
    only('body', '^src/body/', '^src/(body/|use-cases/limits\\.ts|errors\\.ts)'),
    only(
      'use-cases',
      '^src/use-cases/',
      '^src/(use-cases/|core/|format/|storage/|search/|clip/|telemetry/|(errors|take-turns)\\.ts)',
    ),
    {
      name: 'use-cases-know-no-graphql',
      severity: 'error',
      from: { path: '^src/(use-cases|body|rest)/' },
      to: { path: 'node_modules/(graphql|graphql-yoga)/' },
    },
    only('access', '^src/access/', '^src/(access/|storage/|format/|errors\\.ts|in-time\\.ts)'),
    // CRC-32 is that of PNG's chunks too.
    only('clip', '^src/clip/', '^src/(clip/|core/|format/crc32\\.ts|errors\\.ts)'),
    only(
      'worker-never-selects',
      '^src/(graphql/|use-cases/|body/|rest/|telemetry/|index\\.ts|encoder\\.ts)',
      '^src/(?!(dataset|packing|precompute|core/(selection|linear-algebra|gradient|pairs|fitting|evaluation|outliers))/)',
    ),
    // What a request needs never leans on what is worked out offline.
    only('core-scoring', '^src/core/scoring/', `^src/core/(scoring/|${LOOSE})`),
    only('core-calibration', '^src/core/calibration/', `^src/core/(calibration/|scoring/|${LOOSE})`),
    only('core-search', '^src/core/search/', `^src/core/(search/|scoring/|calibration/|${LOOSE})`),
    only('core-regions', '^src/core/regions/', `^src/core/(regions/|scoring/|${LOOSE})`),
    only('core-gradient', '^src/core/gradient/', `^src/core/(gradient/|${LOOSE})`),
    // Offline: selection -> fitting -> evaluation, and none runs back.
    only('core-pairs', '^src/core/pairs/', `^src/core/(pairs/|linear-algebra/|${LOOSE})`),
    only(
      'core-selection',
      '^src/core/selection/',
      `^src/core/(selection/|linear-algebra/|gradient/|pairs/|scoring/|calibration/log-odds|${LOOSE})`,
    ),
    only('core-fitting', '^src/core/fitting/', '^src/core/(?!evaluation/)'),
    // Floors of clip: pictures and towers know nothing of what stands above them.
    only(
      'clip-images',
      '^src/clip/images/',
      '^src/(clip/images/|core/|format/crc32\\.ts|errors\\.ts|clip/[a-z0-9-]+\\.(d\\.)?ts)',
    ),
    // Calls of a model elsewhere know neither way to it, and one way knows nothing of the other.
    only(
      'clip-remote',
      '^src/clip/remote/',
      '^src/(clip/remote/|clip/images/image-header\\.ts|errors\\.ts|clip/[a-z0-9-]+\\.ts)',
    ),
    only('clip-http', '^src/clip/http/', '^src/(clip/(http|remote)/|errors\\.ts|clip/[a-z0-9-]+\\.ts)'),
    only('clip-ai', '^src/clip/ai/', '^src/(clip/(ai|remote)/|errors\\.ts|clip/[a-z0-9-]+\\.ts)'),
    // Presets are pure: what is asked and what is answered, no fetch and no clock.
    only(
      'clip-http-presets',
      '^src/clip/http/presets/',
      '^src/clip/(http/(presets/|(preset|rows|json-template|json-pointer)\\.ts)|remote/failure\\.ts)',
    ),
    only(
      'scripts',
      '^scripts/',
      '^(scripts/|src/(body/(bad-request|json-body)\\.ts|core/|format/|dataset/|packing/|precompute/|pipeline/(limits|platform-plan|run-cost|run-request|run-status)\\.ts|clip/|storage/|search/|postgres/|rest/(openai/|problem-schema\\.ts)|telemetry/(histogram|prometheus-text|request-id)\\.ts|errors\\.ts|take-turns\\.ts|graphql/cost/cost-table\\.ts))',
    ),
    ...scriptFloors,
    // It runs wherever fetch does, with nothing beside it.
    only('client-imports-nothing-else', '^packages/client/', '^packages/client/src/'),
    {
      name: 'client-has-no-packages',
      severity: 'error',
      from: { path: '^packages/client/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'unknown'] },
    },
    // What the pipeline Worker answers has no generated types.
    only(
      'playground-only-speaks-http',
      '^playground/',
      '^(playground/|src/graphql/generated/|src/pipeline/run-status\\.ts$)',
    ),
    {
      name: 'core-has-no-packages',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: 'node_modules' },
    },
    { name: 'no-node-in-src', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['core'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.worker.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
