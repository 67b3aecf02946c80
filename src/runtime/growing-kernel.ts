const PAGE = 2 ** 16;

/**
 * Compiles a kernel with a memory of its own, which another takes the place of where it is too small: what was in it is
 * gone then.
 * @param wasm base64
 * @param from the module that the kernel imports its memory from
 * @returns gives the kernel with a memory of at least so many bytes
 */
export async function growingKernel<Exports>(
  wasm: string,
  from: string,
): Promise<(bytes: number) => Exports & { memory: WebAssembly.Memory }> {
  const module = await WebAssembly.compile(Buffer.from(wasm, 'base64'));
  const over = (pages: number) => {
    const memory = new WebAssembly.Memory({ initial: pages });
    const { exports } = new WebAssembly.Instance(module, { [from]: { memory } });
    return { ...(exports as Exports), memory };
  };
  let kernel = over(1);
  return (bytes) => {
    if (kernel.memory.buffer.byteLength < bytes) kernel = over(Math.ceil(bytes / PAGE));
    return kernel;
  };
}
