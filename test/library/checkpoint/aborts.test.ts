/** An AbortSignal that aborts while CRIU hangs, with the program in place of CRIU (test/programs/criu/fake_criu.c). */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Runtime } from '../../../src/library/index.js';
import { afterTest, describe, expect, leftovers, makeBundle, mark, newId, stateRoot, test, until } from '../../oci/harness/index.js';
import { failure } from '../harness/failure.js';
import { fakeCriu } from '../harness/fake_criu.js';
import { openFiles } from '../harness/open_files.js';

const runtime = new Runtime({ root: stateRoot });

/** A CRIU in PATH that hangs at a step; returns where the image is, and an abort once CRIU is there. */
function hangingCriu(step: string) {
  const { imagePath, directory } = fakeCriu({ FAKE_CRIU_STOP: step });
  const controller = new AbortController();
  const abort = async (): Promise<void> => {
    await until('CRIU is at the step', () => existsSync(`${directory}/stopped`));
    controller.abort();
  };
  return { imagePath, signal: controller.signal, abort };
}

describe('an abort while CRIU hangs', () => {
  test('ends a checkpoint, and the container continues', async () => {
    const { imagePath, signal, abort } = hangingCriu('post-dump');
    const container = await runtime.create({ id: newId(), bundle: makeBundle({ script: 'sleep 1000' }).directory, stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    const files = await openFiles();
    const ended = failure(container.checkpoint({ imagePath, signal }));
    await abort();
    expect(await ended).toMatchObject({ code: 'aborted' });
    expect(container.state().status).toBe('running');
    expect(await openFiles()).toEqual(files);
  });

  test('ends a restore, of which nothing is left', async () => {
    const { imagePath, signal, abort } = hangingCriu('post-restore');
    mkdirSync(imagePath);
    writeFileSync(`${imagePath}/tsrun.json`, JSON.stringify({ descriptors: ['', '', ''], externalMounts: [] }));
    const bundle = makeBundle({ script: 'sleep 1000' }).directory;
    const before = leftovers(mark, stateRoot).length;
    const ended = failure(runtime.restore({ id: newId(), bundle, imagePath, stdio: 'ignore', signal }));
    await abort();
    expect(await ended).toMatchObject({ code: 'aborted' });
    expect(leftovers(mark, stateRoot)).toHaveLength(before);
  });
});
