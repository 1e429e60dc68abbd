import { jsonText, plainJson } from '../json/text.js';
import type { Spec } from '../spec/types.js';
import { longIntegers } from './parse_record.js';
import type { ContainerRecord } from './record.js';

const mostKept = 16;

/**
 * The records that this process wrote, by their text, because a program that creates a container usually starts and deletes it too: a
 * record that is read as exactly this text need not be parsed and checked again.
 */
export class WrittenRecords {
  readonly #written = new Map<string, ContainerRecord>();
  readonly #specTexts = new WeakMap<Spec, string>();

  find(text: string): ContainerRecord | undefined {
    return this.#written.get(text);
  }

  keep(text: string, record: ContainerRecord): void {
    const [oldest] = this.#written.keys();
    if (this.#written.size >= mostKept && oldest !== undefined) this.#written.delete(oldest);
    this.#written.set(text, record);
  }

  /** The text of a record. `spec` comes last and is most of it; its text is made only once for several containers of one configuration. */
  textOf({ spec, ...rest }: ContainerRecord): string {
    let text = this.#specTexts.get(spec);
    if (text === undefined) this.#specTexts.set(spec, (text = specText(spec)));
    return `${JSON.stringify(rest).slice(0, -1)},${text}}`;
  }
}

/** Tells a reader that it need not search for integers that JSON.parse would round. */
function specText(spec: Spec): string {
  const text = plainJson(spec);
  return `"${longIntegers}":${text === undefined},"spec":${text ?? jsonText(spec)}`;
}
