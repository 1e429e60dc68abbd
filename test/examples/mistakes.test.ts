import { readFileSync } from 'node:fs';
import { Runtime, RuntimeError, type CreateRequest, type ExecRequest } from '../../src/library/index.js';
import { afterTest, expect, makeBundle, newId, stateRoot, test } from '../oci/harness/index.js';

const page = readFileSync(new URL('../../docs/library-mistakes.md', import.meta.url), 'utf8');
/** Code and message of each row. */
const promised = [...page.matchAll(/^\|.*? \| `([\w-]+)`: (.*?) \| .*$/gm)].map(([, code, message]) => `${code}: ${message}`);

test('the commonest mistakes look as docs/library-mistakes.md says', async () => {
  const runtime = new Runtime({ root: stateRoot });
  const seen: string[] = [];
  const wrong = async (act: Promise<unknown>): Promise<void> => {
    const error: unknown = await act.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RuntimeError);
    if (error instanceof RuntimeError) seen.push(`${error.code}: ${error.message.replaceAll(id, 'a')}`);
  };
  const id = newId();
  const { directory: bundle } = makeBundle({ script: 'sleep 1000' });
  const onTerminal = makeBundle({ config: (config) => void (config.process.terminal = true) }).directory;
  const container = await runtime.create({ id, bundle, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  const create = (request: Partial<CreateRequest>) => runtime.create({ id: newId(), bundle, ...request });
  await wrong(container.exec('echo hello' as unknown as string[]));
  await wrong(container.exec(['bash-is-not-here']));
  await wrong(create({ bundle: onTerminal, stdio: 'ignore' }));
  await wrong(create({ terminal: { columns: 80, rows: 24 }, stdio: 'pipe' }));
  await wrong(create({ bundle: `${bundle}/rootfs` }));
  await wrong(create({ id: 'a/b' }));
  await wrong(create({ id }));
  await wrong(container.delete());
  await wrong(container.exec(['true'], { signal: new AbortController() } as unknown as ExecRequest));
  await wrong(container.run(['cat'], { input: 'words', stdio: 'ignore' }));
  await wrong(container.run(['yes'], { maxBuffer: 1000 }));
  await container.kill('KILL');
  await container.wait();
  await wrong(container.exec(['true']));
  expect(seen.map((line) => line.replace('bash-is-not-here', 'bash'))).toEqual(promised);
});
