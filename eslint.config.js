import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'src/graphql/generated/',
      'packages/client/src/generated/',
      'src/env.d.ts',
      'src/pipeline-env.d.ts',
      '**/*.as.ts',
      '.wrangler/',
      '.train/',
      '.alignql/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: [
      'src/**/*.ts',
      'scripts/**/*.ts',
      'bench/**/*.ts',
      'test/**/*.ts',
      'playground/**/*.{ts,tsx}',
      'packages/**/*.ts',
    ],
    ignores: ['test/worker/**'],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.worker.json', './tsconfig.node.json', './packages/client/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    // Edge code runs in workerd: Node must not leak in, even though the Vitest integration would let it pass.
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'fs', 'path', 'os', 'crypto', 'sharp', 'onnxruntime-node'],
              message: 'Node stays in scripts/.',
            },
            {
              group: ['**/scripts/**', '**/bench/**', '**/test/**', '**/playground/**'],
              message: 'src imports src only.',
            },
          ],
        },
      ],
    },
  },
  {
    // Their last digits differ between engines, and records are to have the same bytes everywhere: src/core/exp-log.ts.
    files: ['src/core/**/*.ts'],
    ignores: ['src/core/regions/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...[
          'exp',
          'expm1',
          'log',
          'log1p',
          'log10',
          'sin',
          'cos',
          'tan',
          'atan2',
          'sinh',
          'cosh',
          'tanh',
          'cbrt',
        ].map((property) => ({
          object: 'Math',
          property,
          message: 'Use exp, log or log1p of src/core/exp-log.ts.',
        })),
      ],
    },
  },
  {
    // Messages quote file names, captions and URLs: one place escapes what a terminal would obey.
    files: ['scripts/**/*.ts'],
    ignores: ['scripts/cli/messages.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.object.object.name='process'][callee.object.property.name='stderr'][callee.property.name='write']",
          message: 'Use tell or tellLines of scripts/cli/messages.ts.',
        },
        {
          selector: "MemberExpression[object.name='console']",
          message: 'Use tell of scripts/cli/messages.ts.',
        },
      ],
    },
  },
  {
    files: ['examples/photo-search/*.js'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        FormData: 'readonly',
        document: 'readonly',
        location: 'readonly',
      },
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: { console: 'readonly', module: 'writable', process: 'readonly', URL: 'readonly' },
    },
  },
);
