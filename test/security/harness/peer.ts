import { canary } from './canary.js';
import { expect, makeBundle, startRuntime, succeed, until, type Config } from './index.js';
import { place } from './place.js';

/** Expects that `peer` took no descriptor. Returns whether it met a socket to take one from: on a busy machine it may have come late. */
function met(said: string): boolean {
  expect(said).toMatch(/met \d+ sockets, took 0 descriptors$/);
  return !/met 0 /.test(said);
}

/** CAP_SYS_PTRACE, which people give to containers for debugging. */
export function mayTrace(config: Config): void {
  const names = ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE', 'CAP_KILL'];
  config.process.capabilities = { bounding: names, effective: names, permitted: names };
}

/** A bundle with `peer` in it, which takes descriptors from sockets of tsrun-init. `strike` runs it in a container of the bundle. */
export function withPeer(): {
  readonly bundle: ReturnType<typeof makeBundle>;
  readonly strike: (id: string, seconds: number) => Promise<{ readonly ended: () => boolean; readonly hasMet: () => Promise<boolean> }>;
} {
  const bait = canary();
  const bundle = makeBundle({ config: mayTrace });
  const peer = place(bundle, 'peer');
  const strike = async (id: string, seconds: number) => {
    const attacker = startRuntime(['exec', id, peer, bait.file, String(seconds)]);
    await until('the attacker', () => attacker.output().includes('ready'));
    return { ended: () => attacker.output().includes('met'), hasMet: async () => met(succeed(await attacker.done)) };
  };
  return { bundle, strike };
}
