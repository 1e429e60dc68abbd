import { fromSystem } from '../../errors/from_system.js';
import type { ProcessName } from '../../host/process.js';
import { sys, isSystemError } from '../../sys/call.js';
import { foreignFile } from '../foreign_file.js';
import { containerDirectory, withDirectory, type Store, type StoreReference } from '../paths.js';

/** A path is at most 4 KiB, and a record has two. */
const limit = 65_536;

/** The line that names CRIU. */
export function criuLine({ pid, startTime }: ProcessName): string {
  return `criu ${pid} ${startTime}`;
}

/** CRIU of a line that {@link criuLine} made; undefined if there is none. */
export function criuIn(text: string): ProcessName | undefined {
  const [, pid, startTime] = /^criu (\d+) (\d+)$/m.exec(text) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), startTime: Number(startTime) };
}

/** A file in the directory of a container that says what CRIU does to it, in case tsrun is killed meanwhile. */
export class RecordFile {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  write(store: Store, lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join('');
    try {
      sys().replaceFile({ path: this.#name, text, mode: 0o600, sync: false, directory: store.directory });
    } catch (error) {
      throw this.#failed(error, 'write state', store);
    }
  }

  exists(reference: StoreReference | Store): boolean {
    return withDirectory(reference, (directory) => sys().access({ path: `${directory}/${this.#name}`, mode: 0 }));
  }

  /** Null if there is none. */
  read(store: Store): string | null {
    try {
      return sys().readText({ path: this.#name, limit, directory: store.directory });
    } catch (error) {
      if (isSystemError(error, 'ENOENT', ...foreignFile)) return null;
      throw this.#failed(error, 'read state', store);
    }
  }

  /** Accepts that there is none. */
  remove(store: Store): void {
    try {
      withDirectory(store, (directory) => {
        sys().unlink({ path: `${directory}/${this.#name}` });
      });
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw this.#failed(error, 'remove state', store);
    }
  }

  #failed(error: unknown, operation: string, store: Store): Error {
    return fromSystem(error, { code: 'setup', phase: 'state', operation, path: `${containerDirectory(store)}/${this.#name}` });
  }
}
