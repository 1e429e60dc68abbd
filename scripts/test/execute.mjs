import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Milliseconds for the rest of a program's output: what it left running may keep its streams. */
const drain = 5_000;

/**
 * Runs a program, and gives what it prints to `write` as it comes; with `last`, at the lowest priority.
 *
 * @returns whether it ended with 0, and what it wrote to standard output
 */
export function execute(program, args, { write, environment = {}, last = false }) {
  const [first, ...rest] = [...(last ? ['nice', '-n', '19'] : []), program, ...args];
  return new Promise((resolve) => {
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    let stdout = '';
    let timer;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      write(text);
    });
    child.stderr.setEncoding('utf8').on('data', write);
    const end = (ok) => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ ok, stdout });
    };
    child.on('error', (error) => {
      write(`${String(error)}\n`);
      end(false);
    });
    child.on('exit', (code, signal) => {
      if (signal !== null) write(`${program}: killed by ${signal} (${constants.signals[signal]})\n`);
      timer = setTimeout(() => end(code === 0), drain);
    });
    child.on('close', (code) => end(code === 0));
  });
}
