/**
 * Runs a program in a container and prints its output. Uses an overlay in memory over the bundle's root file system, which is discarded at
 * the end.
 *
 * Usage: run-container BUNDLE [ROOT]     (as root; BUNDLE is a directory with a config.json, ROOT the directory for container state)
 */
import { Runtime, RuntimeError } from '@tsrun/runtime';

const [, , bundle = '.', root = '/run/tsrun'] = process.argv;
const runtime = new Runtime({ root });

try {
  const { code, signal, stdout } = await runtime.run({ bundle, overlay: 'memory', signal: AbortSignal.timeout(10_000) });
  process.stdout.write(stdout);
  console.log(signal === null ? `ended with code ${code}` : `killed by ${signal}`);
} catch (error) {
  if (!(error instanceof RuntimeError)) throw error;
  console.error(`${error.phase}: ${error.message}`, error.hint ?? '');
  process.exitCode = 1;
}
