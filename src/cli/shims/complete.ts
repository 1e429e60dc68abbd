/** Provided by native/quickjs: evaluates another module of the executable. */
declare const tsrunImport: (name: string) => Promise<unknown>;
/** Set by the module that was evaluated last: src/entry/begin.ts. */
declare const tsrunBegin: () => void;

/** Hands over from the program of one verb to a complete one, which reads the command line again and exits the process. */
export async function complete(module: 'main.js' | 'shim.js'): Promise<never> {
  await tsrunImport(module);
  tsrunBegin();
  return new Promise<never>(() => undefined);
}
