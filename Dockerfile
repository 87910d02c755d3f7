# The encoder server (docs/encoder-server.md). For a processor:
#   docker build -t alignql-encoder .
# For an NVIDIA card:
#   docker build -t alignql-encoder --build-arg DEVICE=cuda --build-arg BASE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 .

ARG BASE=node:24-slim

FROM node:24-slim AS packages
WORKDIR /build
COPY package.json package-lock.json ./
# A workspace of the lock file: npm ci looks for it.
COPY packages/client/package.json packages/client/package.json
RUN npm ci --omit=dev --ignore-scripts
# Only what the encoder loads goes on; test/scripts/encoder runs it with nothing else. Of onnxruntime-web that is ONNX's schema.
RUN mkdir -p /kept && cp -a --parents \
    node_modules/@canvas/image-data node_modules/@cwasm/jpeg-turbo node_modules/@cwasm/nsgif \
    node_modules/@huggingface/tokenizers node_modules/@jsquash/avif node_modules/@jsquash/png node_modules/@jsquash/webp \
    node_modules/@noble/hashes node_modules/commander node_modules/image-size \
    node_modules/onnxruntime-common node_modules/onnxruntime-node node_modules/piscina node_modules/valibot \
    node_modules/onnxruntime-web/package.json node_modules/onnxruntime-web/lib/onnxjs/ort-schema \
    node_modules/protobufjs node_modules/@protobufjs/aspromise node_modules/@protobufjs/base64 node_modules/@protobufjs/eventemitter \
    node_modules/@protobufjs/float node_modules/@protobufjs/pool node_modules/@protobufjs/utf8 node_modules/long \
    /kept
RUN rm -rf /kept/node_modules/onnxruntime-node/bin/napi-v6/darwin /kept/node_modules/onnxruntime-node/bin/napi-v6/win32
# ONNX Runtime's CUDA provider is not in the npm registry: its own script brings it from NuGet.
ARG DEVICE=cpu
RUN if [ "$DEVICE" = cuda ]; then ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js && cp node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_*.so /kept/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/; fi

FROM ${BASE}
WORKDIR /encoder
ARG DEVICE=cpu
ENV NODE_ENV=production ENCODER_DEVICE=${DEVICE}
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=packages /kept ./
COPY package.json ./
COPY models/tiny-clip models/tiny-clip
COPY src/body src/body
COPY src/clip src/clip
COPY src/core/exp-log.ts src/core/exp-log.ts
COPY src/core/random.ts src/core/random.ts
COPY src/core/regions src/core/regions
COPY src/core/scoring/softmax.ts src/core/scoring/softmax.ts
COPY src/core/vector.ts src/core/vector.ts
COPY src/errors.ts src/errors.ts
COPY src/format/crc32.ts src/format/crc32.ts
COPY src/format/npy-dtypes.ts src/format/npy-dtypes.ts
COPY src/rest/openai src/rest/openai
COPY src/telemetry src/telemetry
COPY src/use-cases/limits.ts src/use-cases/limits.ts
COPY scripts/cli scripts/cli
COPY scripts/clip scripts/clip
COPY scripts/files scripts/files
COPY scripts/onnx scripts/onnx
COPY scripts/encoder scripts/encoder
COPY scripts/encoder.ts scripts/encoder.ts
USER 1000:1000
EXPOSE 7997
HEALTHCHECK --interval=30s --start-period=120s CMD ["node", "-e", "fetch('http://127.0.0.1:7997/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# What stands behind the image's name are options: docker run alignql-encoder --model /models/clip. Without ENCODER_KEYS it ends with 1.
ENTRYPOINT ["node", "scripts/encoder.ts", "--host", "0.0.0.0"]
