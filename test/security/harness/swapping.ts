import { lstatSync } from 'node:fs';
import { afterTest, program, start, until } from '../../oci/harness/index.js';

/** Exchanges two names continuously. Returns, once it has started, a function that stops it. It stops by itself with the test. */
export async function swapping(one: string, other: string): Promise<() => Promise<void>> {
  const before = lstatSync(one).ino;
  const call = start([program('swap'), one, other], { timeout: 600_000 });
  const stop = async (): Promise<void> => {
    call.child.kill('SIGKILL');
    await call.done.catch(() => undefined);
  };
  afterTest(stop);
  await until('the swapping', () => lstatSync(one).ino !== before);
  return stop;
}
