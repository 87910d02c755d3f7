/** The compiled module, by wrangler's own rule. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
