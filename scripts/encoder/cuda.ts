import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../cli/user-error.ts';

/** What onnxruntime-node brings for other systems only; its own script downloads them from NuGet. */
const PROVIDERS = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/**
 * What the provider links to: the driver, the CUDA 12 runtime and cuDNN 9. Source: the requirements of ONNX Runtime's CUDA provider for
 * CUDA 12, https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html
 */
const LIBRARIES = [
  'libcuda.so.1',
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcurand.so.10',
  'libcudnn.so.9',
];

/** @throws UserError naming every library that --device cuda needs and this machine lacks, and where it comes from */
export function assertCuda(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new UserError(`--device cuda runs on Linux x64 only, this is ${process.platform} ${process.arch}`);
  }
  const folder = path.join(packageFolder(), 'bin/napi-v6/linux/x64');
  const providers = PROVIDERS.filter((name) => !existsSync(path.join(folder, name)));
  const libraries = LIBRARIES.filter((name) => !canLoad(name));
  if (providers.length + libraries.length === 0) return;
  const remedies = [
    ...(providers.length > 0
      ? [
          'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js brings the providers',
        ]
      : []),
    ...(libraries.length > 0
      ? ["the machine's packages of driver, CUDA 12 and cuDNN 9 bring the others"]
      : []),
  ];
  throw new UserError(
    `--device cuda: this machine lacks ${[...providers, ...libraries].join(', ')}: ${remedies.join('; ')}. ` +
      'Without them: --device cpu',
  );
}

function packageFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
}

/** By the system's own search. A library that is found is no module of Node's, which is another error than one that is not. */
function canLoad(name: string): boolean {
  try {
    process.dlopen({ exports: {} }, name);
    return true;
  } catch (error) {
    return !(error instanceof Error && error.message.includes('cannot open shared object file'));
  }
}
