import { recordingCriu } from '../../programs/criu/recording.js';
import { afterTest } from '../../oci/harness/index.js';

/** Puts a CRIU that records what it is asked into PATH, and what it is told into the environment, until the test has ended. */
export function fakeCriu(told: Readonly<Record<string, string>> = {}) {
  const { env, image, options } = recordingCriu();
  const added = { ...told, ...env };
  const before = Object.keys(added).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, added);
  afterTest(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
  /** Where the program makes its files. */
  const directory = env.FAKE_CRIU;
  return { imagePath: image, options, directory };
}
