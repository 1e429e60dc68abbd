import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that answers each line it receives with one line. It ends when its standard input does. */
export class Server {
  #process;
  #lines;
  #ended;

  constructor(program, args) {
    // In its own session, because Ctrl-C is meant for the benchmark, which then stops its servers in order.
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#process.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => this.#process.on('error', resolve).on('exit', resolve));
  }

  get pid() {
    return this.#process.pid;
  }

  async ask(line) {
    this.#process.stdin.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`"${this.#process.spawnfile}" ended at the request "${line.replaceAll('\t', ' ')}"`);
    return value;
  }

  async end() {
    this.#process.stdin.end();
    await this.#ended;
  }
}
